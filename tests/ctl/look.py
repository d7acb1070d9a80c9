#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The pages that test_page kept, in a real browser: light and dark, wide and narrow. Usage: look.py PAGES [pictures]; with pictures each is kept as one.
Held by a script of ours in the browser: contrast of 4.5 : 1, language, one main heading at least, names of roles, nothing wider than the screen."""
import functools, glob, http.server, json, os, re, subprocess, sys, tempfile, threading

PAGES = sys.argv[1]
SCREENS = {"wide": "1280,1400", "narrow": "390,1800"}
CHECK = """
<script>
function parts(c){return c.match(/[\\d.]+/g).map(Number)}
function light(c){const f=c.slice(0,3).map(v=>{v/=255;return v<=.03928?v/12.92:Math.pow((v+.055)/1.055,2.4)});return .2126*f[0]+.7152*f[1]+.0722*f[2]}
function ground(e){for(;e;e=e.parentElement){const c=parts(getComputedStyle(e).backgroundColor);if(c.length<4||c[3]>0)return c}return [255,255,255]}
function ratio(e){const a=light(parts(getComputedStyle(e).color)),b=light(ground(e));return (Math.max(a,b)+.05)/(Math.min(a,b)+.05)}
addEventListener("load",()=>{const wrong=[];
for(const e of document.querySelectorAll("body *")){const own=[...e.childNodes].some(n=>n.nodeType==3&&n.textContent.trim());
 if(own&&!e.closest("svg")&&!e.classList.contains("sr")&&ratio(e)<4.5)wrong.push("contrast "+ratio(e).toFixed(2)+" of "+e.outerHTML.slice(0,80))}
if(document.documentElement.lang!="en")wrong.push("no language");
if(!document.querySelector("h1"))wrong.push("no heading");
if(!document.querySelector("main"))wrong.push("no main part");
for(const e of document.querySelectorAll("section"))if(!document.getElementById(e.getAttribute("aria-labelledby")))wrong.push("a section without a name");
for(const e of document.querySelectorAll("svg"))if(!e.getAttribute("aria-label"))wrong.push("a picture without a name");
for(const e of document.querySelectorAll("th"))if(!e.scope)wrong.push("a heading of a table without scope");
if(document.documentElement.scrollWidth>innerWidth)wrong.push("wider than the screen: "+document.documentElement.scrollWidth);
const result=document.createElement("pre");result.id="result";result.textContent=JSON.stringify({wrong:wrong,width:innerWidth,dark:matchMedia("(prefers-color-scheme:dark)").matches});document.body.append(result)})
</script>
"""
asked = []


class Handler(http.server.SimpleHTTPRequestHandler):
    def do_GET(self):
        asked.append(self.path)
        return super().do_GET()

    def log_message(self, *_):
        pass


def browse(where, profile, screen, dark, *more):
    command = ["chromium", "--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", f"--user-data-dir={profile}",
               f"--window-size={screen}", f"--blink-settings=preferredColorScheme={0 if dark else 1}", *more, where]
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, timeout=120, check=True).stdout


def look(port, profile, name, view, dark):
    shade = "dark" if dark else "light"
    if "pictures" in sys.argv:
        browse(f"http://127.0.0.1:{port}/{name}.html", profile, SCREENS[view], dark, f"--screenshot={PAGES}/{name}-{view}-{shade}.png")
    found = re.search(r'<pre id="result">(.*?)</pre>', browse(f"http://127.0.0.1:{port}/check-{name}.html", profile, SCREENS[view], dark, "--dump-dom"))
    assert found, f"{name}: the page ran no script of ours"
    result = json.loads(found.group(1).replace("&gt;", ">").replace("&lt;", "<").replace("&amp;", "&"))
    assert result["dark"] == dark, (name, result)
    assert not result["wrong"], (name, view, shade, result["wrong"])


pages = sorted(os.path.basename(p)[:-5] for p in glob.glob(PAGES + "/*.html") if not os.path.basename(p).startswith("check-"))
assert len(pages) == 6, pages
for name in pages:
    text = open(f"{PAGES}/{name}.html").read()
    assert "<script" not in text and "http://" not in text.replace('"http-equiv', ""), name
    open(f"{PAGES}/check-{name}.html", "w").write(text.replace("</body>", CHECK + "</body>"))
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Handler, directory=PAGES))
threading.Thread(target=server.serve_forever, daemon=True).start()
with tempfile.TemporaryDirectory() as profile:
    for name in pages:
        for view in SCREENS:
            for dark in (False, True):
                look(server.server_port, profile, name, view, dark)
allowed = {"/style.css", "/favicon.ico"} | {f"/{p}{n}.html" for n in pages for p in ("", "check-")}
assert set(asked) <= allowed, set(asked) - allowed
