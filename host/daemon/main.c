/* SPDX-License-Identifier: MIT
 *
 * golos-watchd: the host. The order of the start is the point of this file. Secrets leave the process before anything
 * else. The signer holds the keys, and root is gone, before a plugin is loaded.
 */
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "api/server.h"
#include "base/log.h"
#include "base/log_journal.h"
#include "base/memory.h"
#include "base/standard_files.h"
#include "config/grants.h"
#include "daemon/host.h"
#include "daemon/reload.h"
#include "daemon/state.h"
#include "daemon/supervisor.h"
#include "graphene/hex.h"
#include "plugins/trial.h"
#include "system/helper.h"
#include "system/privileges.h"
#include "system/state_dir.h"

struct arguments {
	const char *config_path; /* NULL: the environment */
	const char *plugin_help;
	bool check;
	bool debug;
};

static void print_usage(FILE *to)
{
	fputs("usage: golos-watchd [-c FILE] [-n] [-d]\n"
	      "       golos-watchd --plugin-help NAME [-c FILE]\n"
	      "       golos-watchd --config-help | --version | --help\n"
	      "\n"
	      "Watches a Golos witness, and moves block production to this node when the producing one fails.\n"
	      "\n"
	      "  -c, --config FILE   the configuration; without it " CONFIG_DEFAULT_PATH "\n"
	      "                      or, where that does not exist, $NODE, $WITNESS, $KEY, $WITNESS_PUBKEY,\n"
	      "                      $MISS_WINDOW, $ALLOWED_MISSES, $CHAIN_ID\n"
	      "  -n, --check         checks the configuration, the plugins and their options, and exits\n"
	      "  -d, --debug         logs everything\n"
	      "      --plugin-help NAME  what a plugin does and the options it takes\n"
	      "      --config-help   every key of the configuration\n",
	      to);
}

/* Returns -1 to go on, or an exit status. */
static int parse_arguments(int argc, char **argv, struct arguments *ret)
{
	enum { PLUGIN_HELP = 256, CONFIG_HELP, VERSION };
	static const struct option options[] = {
		{"config", required_argument, NULL, 'c'},
		{"check", no_argument, NULL, 'n'},
		{"debug", no_argument, NULL, 'd'},
		{"help", no_argument, NULL, 'h'},
		{"plugin-help", required_argument, NULL, PLUGIN_HELP},
		{"config-help", no_argument, NULL, CONFIG_HELP},
		{"version", no_argument, NULL, VERSION},
		{0},
	};

	char *help;

	for (int option; (option = getopt_long(argc, argv, "c:ndh", options, NULL)) != -1;) {
		switch (option) {
		case 'c':
			ret->config_path = optarg;
			break;
		case 'n':
			ret->check = true;
			break;
		case 'd':
			ret->debug = true;
			break;
		case PLUGIN_HELP:
			ret->plugin_help = optarg;
			break;
		case CONFIG_HELP:
			help = config_help();
			fputs(help, stdout);
			free(help);
			return EXIT_OK;
		case VERSION:
			puts("golos-watchd " GW_VERSION);
			return EXIT_OK;
		case 'h':
			print_usage(stdout);
			return EXIT_OK;
		default:
			print_usage(stderr);
			return EXIT_USAGE;
		}
	}
	if (optind != argc) {
		fprintf(stderr, "golos-watchd: \"%s\" is no option\n", argv[optind]);
		return EXIT_USAGE;
	}
	if (!ret->config_path && access(CONFIG_DEFAULT_PATH, F_OK) == 0)
		ret->config_path = CONFIG_DEFAULT_PATH;
	return -1;
}

/* Of reading the configuration, which may hold a key. */
static int config_exit_status(gw_status status)
{
	return status == GW_ERR_NOT_FOUND ? EXIT_CONFIG
					  : exit_status_of(status, status == GW_ERR_SYNTAX,
							   status == GW_ERR_SYSTEM ? EXIT_SYSTEM : EXIT_FAILED);
}

static int fail(int status, const struct error *err)
{
	log_line(GW_CRITICAL, NULL, "%s", err->text);
	return status;
}

/* ---- signer ----------------------------------------------------------------------------------------------------- */

static gw_status start_signer(struct signer **ret, const struct config *config, struct config_secrets *secrets,
			      const char *user, int *ret_exit, struct error *err)
{
	char *count_file = xasprintf("%s/" SIGNER_STATE "/signatures", config->state_dir);
	struct signer_policy_instance *policy = grants_make_policy(config);
	struct signer_setup setup = {.program = config->signer.program,
				     .keys = (const char *const *)config->signer.keys,
				     .key_count = config->signer.key_count,
				     .inline_keys_fd = secrets->keys_fd,
				     .count_file = count_file,
				     .golosd_config = config->signer.golosd_config,
				     .user = user,
				     .log_json = config->log_format == LOG_JSON,
				     .instances = policy,
				     .instance_count = config->instance_count};
	gw_status status = hex_decode(setup.chain.bytes, CHAIN_ID_BYTES, config->chain_id, strlen(config->chain_id));

	if (!status) {
		status = signer_start(ret, &setup, err);
		secrets->keys_fd = -1; /* the signer has it */
	}
	free(policy);
	free(count_file);
	*ret_exit = exit_status_of(status, true, EXIT_SIGNER);
	return status;
}

/* ---- fetch ------------------------------------------------------------------------------------------------------ */

/* Never root: with a user of its own, else as the host, else as nobody. Where it does not start, the watch goes on: a
 * price that cannot be had is no reason to miss blocks. NULL: nothing is configured for it. */
static struct fetch *start_fetch(const struct config *config, const char *host_user)
{
	const char *urls[CONFIG_ADDRESSES_MAX], *user = NULL;
	struct fetch_setup setup = {.ca_file = config->ca_file, .urls = urls};
	struct error err = {0};

	setup.count = config_addresses(config, urls);
	if (setup.count == 0)
		return NULL;
	char *program = helper_find_program("golos-watch-fetch");
	(void)!privileges_user(&user, NULL, FETCH_USER, &err); /* of a user that is configured alone it could fail */

	setup.program = program;
	setup.user = user ? user : host_user ? host_user : "nobody";
	struct fetch *fetch = fetch_start(&setup);
	free(program);
	return fetch;
}

/* ---- cluster ---------------------------------------------------------------------------------------------------- */

/* As root where root starts us, and before a plugin is loaded. *ret stays NULL where there is no cluster. */
static gw_status read_cluster_keys(struct cluster_keys **ret, const struct config *config, int *ret_exit,
				   struct error *err)
{
	const struct cluster_settings *cluster = &config->cluster;
	uint8_t chain_id[CHAIN_ID_BYTES];
	gw_status status = hex_decode(chain_id, sizeof(chain_id), config->chain_id, strlen(config->chain_id));

	if (status || !cluster->name[0])
		return status;
	status = cluster_keys_read(ret, (const char *const *)cluster->keys, cluster->key_count, chain_id, err);
	if (status)
		(void)error_prefix(err, "cluster.key");
	*ret_exit = exit_status_of(status, true, EXIT_FAILED);
	return status;
}

/* ---- the daemon ------------------------------------------------------------------------------------------------- */

/* The context of a signal. */
struct daemon {
	const struct arguments *arguments;
	bool config_in_memory; /* it came with keys, which the first stage masked: the file cannot be read again */
	struct fetch *fetch;   /* NULL: none; host_open takes it over */
	struct cluster_keys *cluster_keys; /* the same */
	struct host host;
};

static void on_end_signal(void *context, int signo)
{
	struct daemon *daemon = context;

	log_line(GW_INFO, NULL, "%s: ending", strsignal(signo));
	host_stop(&daemon->host, EXIT_OK);
}

static gw_status reload(struct daemon *daemon, struct error *err)
{
	struct config *wanted;

	if (daemon->config_in_memory || !daemon->arguments->config_path)
		return error_set(err, GW_ERR_UNSUPPORTED,
				 "a configuration that holds keys, or that is the environment, needs a restart");
	gw_status status = config_load(&wanted, daemon->arguments->config_path, err);
	if (status)
		return status;
	status = host_reload(&daemon->host, wanted, err);
	if (status)
		config_free(wanted);
	return status;
}

static void on_reload_signal(void *context, int signo)
{
	struct daemon *daemon = context;
	struct error err = {0};

	(void)signo;
	supervisor_notify_reloading();
	if (reload(daemon, &err))
		host_notice(&daemon->host, GW_WARNING, "reload_refused", "nothing is changed: %s", err.text);
	else
		log_line(GW_INFO, NULL, "%s: read again", daemon->arguments->config_path);
	supervisor_notify("READY=1");
}

/* Before any thread is made: a thread that does not block them would let them end the process. */
static gw_status take_signals(struct loop *loop, struct daemon *daemon, struct error *err)
{
	gw_status status = loop_signal(loop, SIGTERM, on_end_signal, daemon, err);

	if (!status)
		status = loop_signal(loop, SIGINT, on_end_signal, daemon, err);
	if (!status)
		status = loop_signal(loop, SIGHUP, on_reload_signal, daemon, err);
	return status;
}

/* What host_open would have taken over. */
static void free_parts(const struct daemon *daemon)
{
	fetch_stop(daemon->fetch);
	cluster_keys_free(daemon->cluster_keys);
}

/* Takes over the configuration. */
static gw_status watch_until_stopped(struct daemon *daemon, struct loop *loop, struct config *config,
				     struct signer *signer, int *ret_exit, struct error *err)
{
	*ret_exit = EXIT_SYSTEM;
	gw_status status = take_signals(loop, daemon, err);
	if (status)
		free_parts(daemon);
	else
		status = host_open(&daemon->host, loop, config, signer, daemon->fetch, daemon->cluster_keys, ret_exit,
				   err);
	if (status) {
		config_free(config);
		return status;
	}
	daemon->host.debug = daemon->arguments->debug;
	loop_run(loop);
	*ret_exit = daemon->host.exit_status;
	host_close(&daemon->host);
	return GW_OK;
}

static int run(struct daemon *daemon, struct config *config, struct signer *signer)
{
	struct loop *loop;
	struct error err = {0};
	int exit_status;

	if (loop_new(&loop, &err)) {
		free_parts(daemon);
		config_free(config);
		return fail(EXIT_SYSTEM, &err);
	}
	gw_status status = watch_until_stopped(daemon, loop, config, signer, &exit_status, &err);
	loop_free(loop);
	return status ? fail(exit_status, &err) : exit_status;
}

static gw_status find_users(const char **ret_host, const char **ret_signer, const struct config *config,
			    struct error *err)
{
	gw_status status = privileges_user(ret_host, config ? config->user : NULL, HOST_USER, err);

	return status ? status : privileges_user(ret_signer, config ? config->signer.user : NULL, SIGNER_USER, err);
}

/* Says in one line what is weaker than it could be. */
static void warn_of_users(const char *host_user, const char *signer_user)
{
	if (geteuid() != 0)
		log_line(GW_WARNING, NULL,
			 "not started as root, so host and signer are one user: code in the host can read every key "
			 "file "
			 "and credential that this user can read, and take away the count of signatures");
	else if (!host_user || !signer_user)
		log_line(GW_WARNING, NULL,
			 "the users " HOST_USER " and " SIGNER_USER " do not both exist: what runs as root can do "
			 "everything, plugins too");
}

/* The control socket's directory: made where it is missing, and given to the host where a supervisor made it for us
 * ($RUNTIME_DIRECTORY). Another that exists is somebody's, and stays as it is. */
static gw_status make_control_directory(const char *control, const char *host_user, struct error *err)
{
	const char *runtime = getenv("RUNTIME_DIRECTORY");
	char *path = xstrdup(control);
	char *slash = strrchr(path, '/');
	gw_status status = GW_OK;

	if (slash && slash != path) {
		*slash = 0;
		bool ours = runtime && strcmp(runtime, path) == 0;
		if (ours || access(path, F_OK) != 0)
			status = privileges_make_directory(AT_FDCWD, path, 0755, host_user, err);
	}
	free(path);
	return status;
}

/* The signer checks the files that it reads itself. */
static void warn_of_lent_keys(const struct config *config)
{
	struct error err = {0};

	for (size_t i = 0; i < config->signer.key_count; i++)
		if (config_check_lent(config, config->signer.keys[i], &err))
			log_line(GW_WARNING, NULL, "%s", err.text);
	for (size_t i = 0; i < config->cluster.key_count; i++)
		if (config_check_lent(config, config->cluster.keys[i], &err))
			log_line(GW_WARNING, NULL, "%s", err.text);
}

static int start_daemon(struct config *config, struct config_secrets *secrets, const struct arguments *arguments)
{
	struct signer *signer = NULL;
	struct error err = {0};
	struct daemon daemon = {.arguments = arguments, .config_in_memory = secrets->config_fd >= 0};
	const char *host_user, *signer_user;
	int exit_status;

	gw_status status = find_users(&host_user, &signer_user, config, &err);
	if (!status) {
		warn_of_users(host_user, signer_user);
		warn_of_lent_keys(config);
		status = state_dir_make(config->state_dir, host_user, signer_user, &err);
	}
	if (!status)
		status = make_control_directory(config->control, host_user, &err);
	exit_status = config_exit_status(status);
	if (!status) { /* before any child is started: a key in the environment is then gone from it */
		status = read_cluster_keys(&daemon.cluster_keys, config, &exit_status, &err);
	}
	if (!status && grants_any(config) && !config->dry_run)
		status = start_signer(&signer, config, secrets, signer_user, &exit_status, &err);
	config_secrets_done(secrets); /* no plugin finds a key open, where no signer took it either */
	if (!status) {
		daemon.fetch = start_fetch(config, host_user);
		status = privileges_drop(host_user, &err);
		exit_status = config_exit_status(status);
	}
	if (status) {
		free_parts(&daemon);
		signer_stop(signer);
		config_free(config);
		return fail(exit_status, &err);
	}
	exit_status = run(&daemon, config, signer);
	signer_stop(signer);
	return exit_status;
}

/* ---- -n and --plugin-help --------------------------------------------------------------------------------------- */

static int check_configuration(const struct config *config)
{
	struct error err = {0};
	gid_t group;

	if (config->control[0] && config->control_group && ctl_group_find(&group, config->control_group, &err))
		return fail(EXIT_CONFIG, &err);
	struct instances *all = trial_new();
	struct instance *opened;
	gw_status status = GW_OK;

	for (size_t i = 0; i < config->instance_count && !status; i++)
		status = instances_add(all, config, &config->instances[i], &opened, &err);
	instances_free(all);
	if (status)
		return fail(exit_status_of(status, false, EXIT_PLUGIN), &err);
	printf("%s: configuration OK, %zu plugin instance%s\n", config->source, config->instance_count,
	       config->instance_count == 1 ? "" : "s");
	return EXIT_OK;
}

static int print_plugin_help(const char *name, const char *plugin_dir)
{
	struct error err = {0};
	struct plugin *plugin;
	gw_status status = plugin_load(&plugin, plugin_dir, name, &err);

	if (status)
		return fail(exit_status_of(status, false, EXIT_PLUGIN), &err);
	char *help = plugin_help(plugin);
	fputs(help, stdout);
	free(help);
	return EXIT_OK;
}

/* A plugin's code runs as soon as it is loaded, so these two give up what the daemon gives up. config NULL: none. */
static int look_at_plugins(const struct config *config, struct config_secrets *secrets,
			   const struct arguments *arguments)
{
	const char *host_user, *signer_user;
	struct error err = {0};

	config_secrets_done(secrets);
	if (config)
		cluster_keys_hide((const char *const *)config->cluster.keys, config->cluster.key_count);
	gw_status status = find_users(&host_user, &signer_user, config, &err);
	if (!status)
		status = privileges_drop(host_user, &err);
	if (status)
		return fail(config_exit_status(status), &err);
	return arguments->plugin_help
		       ? print_plugin_help(arguments->plugin_help, config ? config->plugin_dir : GW_PLUGIN_DIR)
		       : check_configuration(config);
}

int main(int argc, char **argv)
{
	struct arguments arguments = {0};
	struct config_secrets secrets = {.keys_fd = -1, .config_fd = -1};
	struct config *config = NULL;
	struct error err = {0};

	standard_files_open();
	umask(077);
	config_close_inherited();
	log_init("host", LOG_TEXT, GW_INFO);
	int exit_status = parse_arguments(argc, argv, &arguments);
	if (exit_status >= 0)
		return exit_status;
	if (arguments.plugin_help && !arguments.config_path)
		return config_hide_keys(argv, &err) ? fail(EXIT_SYSTEM, &err)
						    : look_at_plugins(NULL, &secrets, &arguments);

	gw_status status = config_open(&config, &secrets, arguments.config_path, argv, &err);
	if (status) {
		config_secrets_done(&secrets);
		return fail(config_exit_status(status), &err);
	}
	log_set(config->log_format, arguments.debug ? GW_DEBUG : config->log_level);
	if (arguments.plugin_help || arguments.check) {
		exit_status = look_at_plugins(config, &secrets, &arguments);
		config_free(config);
	} else {
		log_journal_start(LOG_JOURNAL_SOCKET);
		log_start_writer();
		exit_status = start_daemon(config, &secrets, &arguments);
	}
	plugin_free_all();
	config_secrets_done(&secrets);
	log_end();
	return exit_status;
}
