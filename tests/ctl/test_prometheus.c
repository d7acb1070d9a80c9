/* SPDX-License-Identifier: MIT
 * A real Prometheus beside a running watcher: it scrapes, answers the board's queries, and an alert of ours comes and goes. */
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "integration/cluster.h"
#include "test.h"

#define PACKAGING TEST_SOURCE_DIR "/../packaging/"

static struct cluster *cluster;
static char config[128];

static int start(void **state)
{
	const struct cluster_setup setup = {.watchers = 2, .starts_no_watcher = true};
	FILE *file;

	(void)state;
	cluster = cluster_new(&setup);
	snprintf(config, sizeof(config), "%s/watcher-1.yml", cluster_dir(cluster));
	file = fopen(config, "a");
	assert_non_null(file);
	fprintf(file, "http: unix:%s/http\n", cluster_dir(cluster));
	assert_int_equal(fclose(file), 0);
	cluster_start_watcher(cluster, 1);
	cluster_await_watching(cluster, 1);
	cluster_await_blocks(cluster, 8);
	return 0;
}

static int end(void **state)
{
	(void)state;
	cluster_free(cluster);
	return 0;
}

struct scraper {
	pid_t pid;
	FILE *heard, *said;
};

static struct scraper scrape(const char *alert)
{
	struct scraper scraper;
	char page[128];
	int in[2], out[2];

	snprintf(page, sizeof(page), "%s/http", cluster_dir(cluster));
	assert_int_equal(pipe(in), 0);
	assert_int_equal(pipe(out), 0);
	scraper.pid = fork();
	if (scraper.pid == 0) {
		dup2(in[0], STDIN_FILENO);
		dup2(out[1], STDOUT_FILENO);
		close(in[1]);
		close(out[0]);
		execl("/usr/bin/python3", "python3", TEST_SOURCE_DIR "/ctl/scrape.py", page, PACKAGING "alerts.yml",
		      PACKAGING "grafana.json", alert, (char *)NULL);
		_exit(127);
	}
	close(in[0]);
	close(out[1]);
	scraper.heard = fdopen(out[0], "r");
	scraper.said = fdopen(in[1], "w");
	return scraper;
}

static void await_word(struct scraper *scraper, const char *word)
{
	char line[64] = "";

	if (!fgets(line, sizeof(line), scraper->heard) || strncmp(line, word, strlen(word)) != 0)
		fail_msg("\"%s\" instead of \"%s\"", line, word);
}

static void go_on(struct scraper *scraper)
{
	fputs("\n", scraper->said);
	fflush(scraper->said);
}

TEST(an_alert_fires_and_resolves, start, end)
{
	struct scraper scraper = scrape("GolosWatchNodeApiMissing");
	int status;

	await_word(&scraper, "scraped");
	cluster_fault(cluster, "fail_calls", "[1,\"witness_api\",\"\",\"-32601\",\"\"]");
	go_on(&scraper);
	await_word(&scraper, "fires");
	cluster_fault(cluster, "heal_calls", "[1]");
	cluster_fault(cluster, "disconnect", "[1]");
	go_on(&scraper);
	await_word(&scraper, "resolved");
	assert_int_equal(waitpid(scraper.pid, &status, 0), scraper.pid);
	assert_int_equal(status, 0);
	fclose(scraper.heard);
	fclose(scraper.said);
}
