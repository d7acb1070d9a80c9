/* SPDX-License-Identifier: MIT
 *
 * The page's looks: light and dark, narrow and wide. Each pair of colours has a contrast of 4.5 : 1 or more.
 */
#include "api/page.h"

const char page_style[] =
	":root{color-scheme:light dark;--ground:#fff;--panel:#f4f5f7;--text:#1b1f24;--faint:#57606a;--line:#d0d7de;"
	"--good:#116329;--bad:#b42318;--doubt:#7d4e00;--made:#1a7f37;--missed:#c62828;--rest:#c3cad1;--on:#fff}"
	"@media(prefers-color-scheme:dark){:root{--ground:#0d1117;--panel:#161b22;--text:#e6edf3;--faint:#9ca6b1;"
	"--line:#30363d;--good:#4ac26b;--bad:#ff8880;--doubt:#e3b341;--made:#2ea043;--missed:#f0524a;--rest:#3b444d;"
	"--on:#06090d}}"
	"*{box-sizing:border-box}"
	"body{margin:0 auto;max-width:62rem;padding:1rem;background:var(--ground);color:var(--text);"
	"font:1rem/1.5 system-ui,sans-serif;overflow-wrap:break-word}"
	"h1{font-size:1.5rem;line-height:1.25;margin:.5rem 0}h2{font-size:1rem;margin:0 0 .5rem}"
	"section{background:var(--panel);border:1px solid var(--line);border-radius:.5rem;padding:.75rem 1rem;"
	"margin:1rem 0}"
	"p{margin:.25rem 0}.good{color:var(--good)}.bad{color:var(--bad);font-weight:600}"
	".doubt{color:var(--doubt);font-weight:600}.faint{color:var(--faint)}"
	"ol.slots{list-style:none;display:flex;flex-wrap:wrap;gap:3px;margin:.5rem 0;padding:0}"
	".slots li{min-width:.9rem;height:1.4rem;border-radius:3px;background:var(--rest)}"
	".slots .ours,.slots .other,.slots .missed,.slots .coming{width:1.7rem;text-align:center;font-weight:700;"
	"line-height:1.4rem}"
	".slots .ours{background:var(--made);color:var(--on)}"
	".slots .other{background:var(--panel);border:2px solid var(--made);line-height:1.15rem}"
	".slots .missed{background:var(--missed);color:var(--on)}"
	".slots .coming{background:transparent;border:2px dashed var(--faint);line-height:1.15rem}"
	".slots .empty{background:repeating-linear-gradient(45deg,var(--rest) 0 3px,transparent 3px 6px)}"
	".sr{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}"
	"svg{display:block;width:100%;height:5rem}"
	".ends{display:flex;justify-content:space-between}"
	"ul.rows{list-style:none;margin:0;padding:0}.rows li{padding:.35rem 0;border-bottom:1px solid "
	"var(--line)}"
	".m{fill:var(--missed)}.k{fill:var(--good)}.r{fill:var(--doubt)}.b{stroke:var(--line)}"
	"footer{color:var(--faint);margin:1rem 0}";
