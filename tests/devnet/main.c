/* SPDX-License-Identifier: MIT
 *
 * golos-devnet: a simulated network of golosd nodes for tests and the demo. See README.md beside this file.
 */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/standard_files.h"
#include "devnet/configurations.h"
#include "devnet/server.h"
#include "graphene/hash.h"
#include "graphene/hex.h"

#define FOO	   "foo"
#define TEST_CHAIN "GOLOSTEST"
/* The test network's chain id is sha256 of its name with the length before it, as fc packs a string. */
#define TEST_CHAIN_PACKED "\x09" TEST_CHAIN

struct settings {
	unsigned witnesses, nodes, foo_nodes, interval_s, skipping_reset_s, feed_interval, feed, prerun;
	uint64_t seed;
	uint16_t first_port;
	bool foo_last;
	bool die_with_parent;
	bool json;
	bool help;
	const char *ports_file;
	const char *configs;
	const char *chain_id;
	struct wire_options wire;
};

static struct server *running; /* for the signal handler alone */

static void stop_running(int signal_number)
{
	(void)signal_number;
	server_stop(running);
}

/* ---- keys ---------------------------------------------------------------------------------------------------- */

/* Throwaway keys: the same seed gives the same ones. */
static struct secret_key make_key(const struct settings *settings, const char *name, const char *role, unsigned index)
{
	char *text = xasprintf("golos-devnet %" PRIu64 " %s %s %u", settings->seed, name, role, index);
	struct digest digest;
	struct secret_key key;
	hash_sha256(&digest, text, strlen(text));
	memcpy(key.bytes, digest.bytes, sizeof key.bytes);
	free(text);
	return key;
}

static struct public_key public_of(const struct secret_key *secret)
{
	struct public_key public = {{0}};
	if (secret_key_public(&public, secret) != GW_OK)
		abort(); /* a hash outside the group's order: not in our lifetime */
	return public;
}

static struct account_authority single_key(const struct settings *settings, const char *name, const char *role)
{
	struct secret_key secret = make_key(settings, name, role, 0);
	struct account_authority authority = {.threshold = 1, .key_count = 1};
	authority.keys[0].key = public_of(&secret);
	authority.keys[0].weight = 1;
	return authority;
}

/* ---- the network --------------------------------------------------------------------------------------------- */

/* foo, cyberfounder (golosd's first witness), witness-ac, witness-ad … witness-zz, witness-aaa … */
static void name_witness(const struct settings *settings, unsigned index, char ret[GW_ACCOUNT_SIZE])
{
	unsigned foo = settings->foo_last ? settings->witnesses - 1 : 0, founder = settings->foo_last ? 0 : 1;
	if (index == foo)
		snprintf(ret, GW_ACCOUNT_SIZE, FOO);
	else if (index == founder)
		snprintf(ret, GW_ACCOUNT_SIZE, "cyberfounder");
	else
		snprintf(ret, GW_ACCOUNT_SIZE, "witness-%s%c%c", index < 26 * 26 ? "" : "a",
			 'a' + (int)(index / 26 % 26), 'a' + (int)(index % 26));
}

static void add_account(struct settings *settings, struct genesis *genesis, const char *name)
{
	size_t index = genesis->account_count++;
	struct account *account = &genesis->accounts[index];
	snprintf(account->name, sizeof account->name, "%s", name);
	account->owner = single_key(settings, name, "owner");
	account->active = single_key(settings, name, "active");
	account->posting = single_key(settings, name, "posting");
	settings->wire.active_keys[index] = make_key(settings, name, "active", 0);
}

static bool make_genesis(struct settings *settings, struct genesis *genesis)
{
	struct digest digest;
	char name[GW_ACCOUNT_SIZE];
	genesis->interval_s = settings->interval_s;
	genesis->skipping_reset_s = settings->skipping_reset_s;
	genesis->feed_interval = settings->feed_interval;
	genesis->feed = settings->feed;
	genesis->seed = settings->seed;
	genesis->time_s =
		((int64_t)time(NULL) - settings->wire.behind_ms / 1000) / settings->interval_s * settings->interval_s -
		(int64_t)settings->prerun * settings->interval_s;
	hash_sha256(&digest, TEST_CHAIN_PACKED, strlen(TEST_CHAIN_PACKED));
	memcpy(genesis->chain_id.bytes, digest.bytes, sizeof digest.bytes);
	if (settings->chain_id && hex_decode(genesis->chain_id.bytes, CHAIN_ID_BYTES, settings->chain_id,
					     strlen(settings->chain_id)) != GW_OK)
		return false;
	for (unsigned i = 0; i < settings->witnesses; i++) {
		name_witness(settings, i, name);
		struct secret_key key = make_key(settings, name, "signing", 0);
		genesis->signing_keys[i] = public_of(&key);
		add_account(settings, genesis, name);
	}
	genesis->witness_count = settings->witnesses;
	add_account(settings, genesis, "cosigner"); /* accounts that are no witnesses, for other authorities */
	add_account(settings, genesis, "stranger");
	return true;
}

/* Node k holds the k-th key of foo; the other witnesses' keys lie at the nodes in turn that hold none of foo's, or at
 * all of them where there is no such node. */
static void give_keys(const struct settings *settings, struct network *net)
{
	char name[GW_ACCOUNT_SIZE];
	unsigned others = settings->nodes > settings->foo_nodes ? settings->nodes - settings->foo_nodes : 0;
	for (unsigned i = 0; i < settings->foo_nodes; i++) {
		struct secret_key key = make_key(settings, FOO, "signing", i);
		network_give_key(net, i, FOO, &key);
	}
	for (unsigned i = 0; i < settings->witnesses; i++) {
		name_witness(settings, i, name);
		if (strcmp(name, FOO) == 0)
			continue;
		struct secret_key key = make_key(settings, name, "signing", 0);
		unsigned node = others ? settings->foo_nodes + i % others : i % settings->nodes;
		network_give_key(net, node, name, &key);
	}
}

/* ---- telling ------------------------------------------------------------------------------------------------- */

static void put_pair(struct json_writer *w, const struct secret_key *secret)
{
	struct public_key public = public_of(secret);
	char text[GW_KEY_SIZE], wif[WIF_SIZE];
	public_key_format(text, &public);
	wif_encode(wif, secret);
	json_put_text(w, "public", text);
	json_put_text(w, "wif", wif);
}

static void put_account(struct json_writer *w, const struct settings *settings, const char *name)
{
	struct secret_key active = make_key(settings, name, "active", 0);
	json_open(w, name, '{');
	put_pair(w, &active);
	json_close(w, '}');
}

static void put_nodes(struct json_writer *w, const struct settings *settings, const struct server *server)
{
	json_open(w, "nodes", '[');
	for (unsigned i = 0; i < settings->nodes; i++) {
		char url[48];
		snprintf(url, sizeof url, "ws://127.0.0.1:%u", server_port(server, i));
		json_open(w, NULL, '{');
		json_put_u64(w, "node", i);
		json_put_text(w, "url", url);
		json_put_u64(w, "port", server_port(server, i));
		if (i < settings->foo_nodes) {
			struct secret_key key = make_key(settings, FOO, "signing", i);
			json_put_text(w, "witness", FOO);
			json_open(w, "signing_key", '{');
			put_pair(w, &key);
			json_close(w, '}');
		}
		json_close(w, '}');
	}
	json_close(w, ']');
}

static bool tell_programs(const struct settings *settings, const struct server *server)
{
	struct json_writer w;
	char chain_id[2 * CHAIN_ID_BYTES + 1];
	const struct genesis *genesis = network_genesis(server_wire((struct server *)(uintptr_t)server)->net);
	hex_encode(chain_id, genesis->chain_id.bytes, CHAIN_ID_BYTES);
	json_writer_init(&w);
	json_open(&w, NULL, '{');
	json_put_text(&w, "chain_id", chain_id);
	json_put_u64(&w, "interval", settings->interval_s);
	json_put_u64(&w, "witnesses", settings->witnesses);
	put_nodes(&w, settings, server);
	json_open(&w, "active_keys", '{');
	put_account(&w, settings, FOO);
	put_account(&w, settings, "cosigner");
	put_account(&w, settings, "stranger");
	json_close(&w, '}');
	json_close(&w, '}');
	FILE *file = settings->ports_file ? fopen(settings->ports_file, "we") : stdout;
	bool written = file && fprintf(file, "%s\n", w.text) > 0 && fflush(file) == 0;
	if (file && file != stdout && fclose(file) != 0)
		written = false;
	json_writer_done(&w);
	return written;
}

/* For a person at a terminal; programs take --json or --ports-file. */
static bool tell_people(const struct settings *settings, const struct server *server)
{
	const char *configs = settings->configs;

	printf("A network of %u witnesses, %u s from block to block; all of it is play.\n\n", settings->witnesses,
	       settings->interval_s);
	for (unsigned i = 0; i < settings->nodes; i++)
		printf("  node %-2u  ws://127.0.0.1:%-5u  %s\n", i, server_port(server, i),
		       i == 0 && settings->foo_nodes > 0 ? FOO " produces here"
		       : i < settings->foo_nodes	 ? FOO "'s, stands by"
							 : "the other witnesses'");
	if (configs && settings->foo_nodes > 0)
		printf("\nBeside each node of " FOO ", in a terminal of its own:\n");
	for (unsigned i = 0; configs && i < settings->foo_nodes; i++)
		printf("  %.*sgolos-watchd -c %s/node-%u.yml\n",
		       (int)(strlen(program_invocation_name) - strlen(program_invocation_short_name)),
		       program_invocation_name, configs, i);
	printf("\nA fault is ordered at a node that lives: docker/devnet/call %u kill '[0]'\n"
	       "With --json it prints ports and keys for programs. Ctrl-C ends it.\n",
	       server_port(server, settings->nodes - 1));
	return fflush(stdout) == 0;
}

static bool tell(const struct settings *settings, const struct server *server)
{
	if (!settings->json && !settings->ports_file)
		return tell_people(settings, server);
	return tell_programs(settings, server);
}

/* Nothing to do where nobody wants them. */
static bool write_configurations(const struct settings *settings, const struct server *server)
{
	struct configurations c = {.active = make_key(settings, FOO, "active", 0), .count = settings->foo_nodes};
	char chain_id[2 * CHAIN_ID_BYTES + 1];
	struct error err;
	if (!settings->configs)
		return true;
	const struct genesis *genesis = network_genesis(server_wire((struct server *)(uintptr_t)server)->net);
	hex_encode(chain_id, genesis->chain_id.bytes, CHAIN_ID_BYTES);
	c.chain_id = chain_id;
	for (unsigned i = 0; i < c.count; i++) {
		c.ports[i] = server_port(server, i);
		c.signing[i] = make_key(settings, FOO, "signing", i);
	}
	if (configurations_write(&c, settings->configs, &err) == GW_OK)
		return true;
	fprintf(stderr, "golos-devnet: %s\n", err.text);
	return false;
}

/* ---- the command line ---------------------------------------------------------------------------------------- */

static const char usage[] = "usage: golos-devnet [options]\n"
			    "  --witnesses N        witnesses on the chain, foo among them (7; 2 to 1050)\n"
			    "  --nodes K            golosd nodes (4)\n"
			    "  --foo-nodes F        nodes with a key of foo each; the first one produces (3)\n"
			    "  --foo-last           foo has the fewest votes: its slots are rare beyond 21\n"
			    "  --interval S         seconds from slot to slot (1)\n"
			    "  --skipping-reset S   all vote so for witness_skipping_reset_time (21600)\n"
			    "  --feed-interval N    blocks from one median of the feeds to the next (1200)\n"
			    "  --feed N             all begin with a feed of N/1000 GBG for a GOLOS (none)\n"
			    "  --prerun N           slots that have passed when it starts (0)\n"
			    "  --behind S           the network's clock is so far behind this machine's (0)\n"
			    "  --seed N             order of witnesses, keys, chance (1)\n"
			    "  --chain-id HEX       64 digits (sha256 of GOLOSTEST)\n"
			    "  --first-port P       node k listens on port P + k (any free ports)\n"
			    "  --json               one line with ports and keys, for programs\n"
			    "  --ports-file FILE    the same into this file\n"
			    "  --configs DIR        writes DIR/node-K.yml, golos-watchd's at each node of foo\n"
			    "  --skip-virtual-ops   as the config for witnesses that comes with golosd\n"
			    "  --manual-clock       chain time moves by devnet_api.advance alone\n"
			    "  --die-with-parent    ends when the process that started it ends\n"
			    "  --help               this text\n";

enum option_code {
	WITNESSES = 1,
	NODES,
	FOO_NODES,
	FOO_LAST,
	INTERVAL,
	SKIPPING_RESET,
	FEED_INTERVAL,
	FEED,
	PRERUN,
	BEHIND,
	SEED,
	CHAIN_ID,
	FIRST_PORT,
	JSON,
	PORTS_FILE,
	CONFIGS,
	SKIP_VIRTUAL,
	MANUAL,
	DIE,
	HELP
};

static const struct option options[] = {
	{"witnesses", required_argument, NULL, WITNESSES},
	{"nodes", required_argument, NULL, NODES},
	{"foo-nodes", required_argument, NULL, FOO_NODES},
	{"foo-last", no_argument, NULL, FOO_LAST},
	{"interval", required_argument, NULL, INTERVAL},
	{"skipping-reset", required_argument, NULL, SKIPPING_RESET},
	{"feed-interval", required_argument, NULL, FEED_INTERVAL},
	{"feed", required_argument, NULL, FEED},
	{"prerun", required_argument, NULL, PRERUN},
	{"behind", required_argument, NULL, BEHIND},
	{"seed", required_argument, NULL, SEED},
	{"chain-id", required_argument, NULL, CHAIN_ID},
	{"first-port", required_argument, NULL, FIRST_PORT},
	{"json", no_argument, NULL, JSON},
	{"ports-file", required_argument, NULL, PORTS_FILE},
	{"configs", required_argument, NULL, CONFIGS},
	{"skip-virtual-ops", no_argument, NULL, SKIP_VIRTUAL},
	{"manual-clock", no_argument, NULL, MANUAL},
	{"die-with-parent", no_argument, NULL, DIE},
	{"help", no_argument, NULL, HELP},
	{NULL, 0, NULL, 0},
};

/* false: no whole number within the limits. */
static bool read_limited(const char *text, unsigned least, unsigned most, unsigned *ret)
{
	char *end;
	unsigned long value = strtoul(text, &end, 10);
	if (*text < '0' || *text > '9' || *end || value < least || value > most)
		return false;
	*ret = (unsigned)value;
	return true;
}

static bool read_option(struct settings *settings, enum option_code code, const char *text)
{
	unsigned number;
	switch (code) {
	case WITNESSES:
		return read_limited(text, 2, 1050, &settings->witnesses);
	case NODES:
		return read_limited(text, 1, NODES_MAX, &settings->nodes);
	case FOO_NODES:
		return read_limited(text, 1, NODES_MAX, &settings->foo_nodes);
	case FOO_LAST:
		return settings->foo_last = true;
	case INTERVAL:
		return read_limited(text, 1, 60, &settings->interval_s);
	case SKIPPING_RESET:
		return read_limited(text, 1, 100000000, &settings->skipping_reset_s);
	case FEED_INTERVAL:
		return read_limited(text, 1, 100000000, &settings->feed_interval);
	case FEED:
		return read_limited(text, 0, 1000000, &settings->feed);
	case PRERUN:
		return read_limited(text, 0, 100000, &settings->prerun);
	case BEHIND:
		if (!read_limited(text, 0, 86400, &number))
			return false;
		settings->wire.behind_ms = (int64_t)number * 1000;
		return true;
	case SEED:
		if (!read_limited(text, 0, UINT32_MAX, &number))
			return false;
		settings->seed = number;
		return true;
	case CHAIN_ID:
		settings->chain_id = text;
		return strlen(text) == 2 * CHAIN_ID_BYTES;
	case FIRST_PORT:
		if (!read_limited(text, 1, 65535 - NODES_MAX, &number))
			return false;
		settings->first_port = (uint16_t)number;
		return true;
	case JSON:
		return settings->json = true;
	case PORTS_FILE:
		settings->ports_file = text;
		return true;
	case CONFIGS:
		settings->configs = text;
		return true;
	case SKIP_VIRTUAL:
		return settings->wire.skip_virtual_ops = true;
	case MANUAL:
		return settings->wire.manual_clock = true;
	case DIE:
		return settings->die_with_parent = true;
	case HELP:
		return settings->help = true;
	}
	return false;
}

static bool read_options(struct settings *settings, int argc, char **argv)
{
	int code, index = 0;
	while ((code = getopt_long(argc, argv, "", options, &index)) != -1) {
		if (code == '?')
			return false;
		if (!read_option(settings, (enum option_code)code, optarg)) {
			fprintf(stderr, "golos-devnet: --%s cannot be '%s'\n", options[index].name, optarg);
			return false;
		}
	}
	if (settings->foo_nodes > settings->nodes) {
		fprintf(stderr, "golos-devnet: --foo-nodes %u is more than --nodes %u\n", settings->foo_nodes,
			settings->nodes);
		return false;
	}
	return optind == argc;
}

static void handle_signals(const struct settings *settings, struct server *server, pid_t parent)
{
	struct sigaction action = {.sa_handler = stop_running};
	running = server;
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
	signal(SIGPIPE, SIG_IGN);
	if (settings->die_with_parent && (prctl(PR_SET_PDEATHSIG, SIGTERM) != 0 || getppid() != parent))
		server_stop(server); /* it was gone before we asked */
}

static int run(struct settings *settings, struct genesis *genesis)
{
	pid_t parent = getppid();
	struct server *server;
	struct error err;
	uint16_t ports[NODES_MAX] = {0};
	for (unsigned i = 0; settings->first_port && i < settings->nodes; i++)
		ports[i] = (uint16_t)(settings->first_port + i);
	if (server_new(&server, genesis, settings->nodes, ports, &settings->wire, &err) != GW_OK) {
		fprintf(stderr, "golos-devnet: %s\n", err.text);
		return EXIT_SYSTEM;
	}
	struct network *net = server_wire(server)->net;
	give_keys(settings, net);
	network_advance(net, (genesis->time_s + (int64_t)settings->prerun * genesis->interval_s) * 1000);
	handle_signals(settings, server, parent);
	int status = EXIT_OK;
	if (write_configurations(settings, server) && tell(settings, server))
		server_run(server);
	else
		status = EXIT_SYSTEM;
	running = NULL;
	server_free(server);
	return status;
}

int main(int argc, char **argv)
{
	standard_files_open();
	struct settings *settings = xcalloc(1, sizeof *settings);
	struct genesis *genesis = xcalloc(1, sizeof *genesis);
	*settings = (struct settings){.witnesses = 7,
				      .nodes = 4,
				      .foo_nodes = 3,
				      .interval_s = 1,
				      .skipping_reset_s = 21600,
				      .feed_interval = 1200,
				      .seed = 1,
				      .wire.blockchain_name = TEST_CHAIN};
	int status = EXIT_USAGE;
	bool readable = read_options(settings, argc, argv);
	if (readable && settings->help)
		status = fputs(usage, stdout) < 0 ? EXIT_SYSTEM : EXIT_OK;
	else if (readable && make_genesis(settings, genesis))
		status = run(settings, genesis);
	else
		fputs(usage, stderr);
	free(genesis);
	free(settings);
	return status;
}
