/* SPDX-License-Identifier: MIT
 *
 * The first stage: keys out of the environment and out of an older file, into a sealed memfd for the signer. The
 * process that did it holds keys in its memory (libyaml's buffers, its own environment), so it ends in execve.
 */
#include "config/config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/secret_text.h"
#include "config/source.h"

#define KEYS_VARIABLE	"GOLOS_WATCH_KEYS_FD"
#define CONFIG_VARIABLE "GOLOS_WATCH_CONFIG_FD"
#define WIF_LENGTH	(WIF_SIZE - 1)
#define SEALS		(F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)

extern char **environ;

/* The keys found so far, and the places where they stood. */
struct taking {
	const char *path; /* or SOURCE_ENVIRONMENT */
	enum config_keys wanted;
	struct error *err;
	int line;
	const char *origin;
	size_t count;
	char wifs[CONFIG_KEYS_MAX][WIF_SIZE];
	size_t variable_count;
	const char *variables[CONFIG_KEYS_MAX]; /* to be masked; borrowed from the tree */
	bool inline_in_file;
};

static gw_status take_wif(struct taking *taking, const char *text, const char *variable)
{
	size_t len = strlen(text);
	struct secret_key key;
	struct error why;
	char place[160];

	if (taking->wanted == CONFIG_KEYS_NONE)
		return GW_OK;
	if (taking->origin)
		snprintf(place, sizeof(place), "%s: %s", taking->path, taking->origin);
	else
		snprintf(place, sizeof(place), "%s:%d: 'keys'", taking->path, taking->line);
	if (wif_decode(&key, text, len, &why) != GW_OK)
		return error_set(taking->err, GW_ERR_SYNTAX, "%s: %s%s%s", place, variable ? variable : "",
				 variable ? ": " : "", why.text);
	secret_key_wipe(&key);
	snprintf(taking->wifs[taking->count++], WIF_SIZE, "%s", text);
	return GW_OK;
}

static gw_status take_entry(struct taking *taking, const char *text, bool older)
{
	if (taking->count == CONFIG_KEYS_MAX)
		return error_set(taking->err, GW_ERR_CONFIG, "%s:%d: 'keys': more than %d keys", taking->path,
				 taking->line, CONFIG_KEYS_MAX);
	if (!strncmp(text, "env:", 4)) {
		const char *name = text + 4;
		const char *value = getenv(name);

		if ((!value || !*value) && taking->wanted != CONFIG_KEYS_ALL)
			return GW_OK;
		if (!value || !*value)
			return error_set(taking->err, GW_ERR_CONFIG, "%s:%d: 'keys': variable %s is not set",
					 taking->path, taking->line, name);
		taking->variables[taking->variable_count++] = name;
		return take_wif(taking, value, name);
	}
	if (!older || !source_is_inline_key(text))
		return GW_OK;
	if (taking->origin)
		taking->variables[taking->variable_count++] = "KEY";
	else
		taking->inline_in_file = true;
	return take_wif(taking, text, NULL);
}

static gw_status take_all(struct taking *taking, const struct tree *root)
{
	bool older;
	const struct tree *keys = source_keys(root, &older);
	gw_status status = GW_OK;

	if (!keys || keys->kind == TREE_MAP)
		return GW_OK; /* config_load says what is wrong */
	taking->line = keys->line;
	taking->origin = keys->origin;
	if (keys->kind == TREE_SCALAR)
		return take_entry(taking, keys->text, older);
	for (size_t i = 0; i < keys->count && status == GW_OK; i++)
		if (keys->children[i]->kind == TREE_SCALAR)
			status = take_entry(taking, keys->children[i]->text, older);
	return status;
}

/* ---- memory files ----------------------------------------------------------------------------------------------- */

static gw_status sealed_file(int *ret_fd, const char *name, const char *bytes, size_t len, struct error *err)
{
	int fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
	size_t done = 0;

	if (fd < 0)
		return error_set(err, GW_ERR_SYSTEM, "memory for keys: %s", strerror(errno));
	while (done < len) {
		ssize_t put = write(fd, bytes + done, len - done);

		if (put < 0 && errno != EINTR)
			break;
		done += put > 0 ? (size_t)put : 0;
	}
	if (done < len || fchmod(fd, 0600) != 0 || fcntl(fd, F_ADD_SEALS, SEALS) != 0) {
		error_set(err, GW_ERR_SYSTEM, "memory for keys: %s", strerror(errno));
		close(fd);
		return GW_ERR_SYSTEM;
	}
	*ret_fd = fd;
	return GW_OK;
}

static gw_status write_keys(struct config_secrets *secrets, const struct taking *taking, struct error *err)
{
	char lines[CONFIG_KEYS_MAX * WIF_SIZE];
	size_t len = 0;

	for (size_t i = 0; i < taking->count; i++) {
		memcpy(lines + len, taking->wifs[i], WIF_LENGTH);
		lines[len + WIF_LENGTH] = '\n';
		len += WIF_SIZE;
	}
	gw_status status = sealed_file(&secrets->keys_fd, "golos-watch-keys", lines, len, err);
	explicit_bzero(lines, sizeof(lines));
	return status;
}

static gw_status write_copy(struct config_secrets *secrets, const struct taking *taking, struct source_text *text,
			    struct error *err)
{
	(void)secret_text_mask(text->bytes, text->len); /* in values and comments alike */
	for (size_t i = 0; i < taking->count; i++)
		if (memmem(text->bytes, text->len, taking->wifs[i], WIF_LENGTH))
			return error_set(err, GW_ERR_CONFIG, "%s:%d: 'keys': each key must stand by itself",
					 taking->path, taking->line);
	return sealed_file(&secrets->config_fd, "golos-watch-config", text->bytes, text->len, err);
}

/* ---- environment ------------------------------------------------------------------------------------------------ */

static void free_environment(char **envp)
{
	for (size_t i = 0; envp && envp[i]; i++)
		free(envp[i]);
	free(envp);
}

/* A variable that holds a key by its name. taking NULL: none but $KEY. */
static bool is_key_variable(const struct taking *taking, const char *entry)
{
	if (strncmp(entry, "KEY=", 4) == 0)
		return true;
	for (size_t i = 0; taking && i < taking->variable_count; i++) {
		size_t len = strlen(taking->variables[i]);

		if (!strncmp(entry, taking->variables[i], len) && entry[len] == '=')
			return true;
	}
	return false;
}

/* The entry as it goes on: a key's variable says "moved", and nothing that may be a key stands in another. */
static char *masked_entry(const struct taking *taking, const char *entry)
{
	if (is_key_variable(taking, entry) && *(strchr(entry, '=') + 1))
		return xasprintf("%.*s=moved", (int)(strchr(entry, '=') - entry), entry);
	char *copy = xstrdup(entry);
	(void)secret_text_mask(copy, strlen(copy));
	return copy;
}

/* As ours without keys, and the descriptors' numbers. NULL: ours has none, and there is nothing to hand over. */
static char **make_environment(const struct config_secrets *secrets, const struct taking *taking)
{
	size_t count = 0, out = 0;
	bool changed = secrets->keys_fd >= 0 || secrets->config_fd >= 0;

	while (environ && environ[count])
		count++;
	char **envp = xcalloc(count + 3, sizeof(*envp));
	for (size_t i = 0; i < count; i++) {
		envp[out] = masked_entry(taking, environ[i]);
		changed = changed || strcmp(envp[out], environ[i]) != 0;
		out++;
	}
	if (secrets->keys_fd >= 0)
		envp[out++] = xasprintf(KEYS_VARIABLE "=%d", secrets->keys_fd);
	if (secrets->config_fd >= 0)
		envp[out++] = xasprintf(CONFIG_VARIABLE "=%d", secrets->config_fd);
	if (changed)
		return envp;
	free_environment(envp);
	return NULL;
}

/* ---- the two stages --------------------------------------------------------------------------------------------- */

static gw_status move_secrets(struct config_secrets *secrets, const struct taking *taking, struct source_text *text,
			      struct error *err)
{
	gw_status status = taking->count ? write_keys(secrets, taking, err) : GW_OK;

	if (status == GW_OK && text->bytes && taking->inline_in_file)
		status = write_copy(secrets, taking, text, err);
	if (status == GW_OK)
		secrets->envp = make_environment(secrets, taking);
	return status;
}

gw_status config_take_secrets(struct config_secrets *ret, const char *path, struct error *err)
{
	struct config_secrets secrets = {.wanted = ret->wanted, .keys_fd = -1, .config_fd = -1};
	struct taking taking = {.path = path ? path : SOURCE_ENVIRONMENT, .wanted = ret->wanted, .err = err};
	struct source_text text = {0};
	struct tree *root = NULL;
	gw_status status = path ? source_file(&root, &text, path, err) : source_environment(&root, err);

	if (status == GW_OK)
		status = take_all(&taking, root);
	if (status == GW_OK)
		status = move_secrets(&secrets, &taking, &text, err);
	explicit_bzero(taking.wifs, sizeof(taking.wifs));
	source_text_free(&text);
	tree_free(root);
	if (status != GW_OK)
		config_secrets_done(&secrets);
	else
		*ret = secrets;
	return status;
}

gw_status config_reexec(const struct config_secrets *secrets, char *const argv[], struct error *err)
{
	const int fds[] = {secrets->keys_fd, secrets->config_fd};

	for (size_t i = 0; i < 2; i++)
		if (fds[i] >= 0 && fcntl(fds[i], F_SETFD, 0) != 0)
			return error_set(err, GW_ERR_SYSTEM, "start again without keys: %s", strerror(errno));
	execve("/proc/self/exe", argv, secrets->envp);
	return error_set(err, GW_ERR_SYSTEM, "start again without keys: /proc/self/exe: %s", strerror(errno));
}

/* The kernel may have put more seals on it than ours. */
static bool is_sealed(int fd)
{
	int seals = fcntl(fd, F_GET_SEALS);

	return seals >= 0 && (seals & SEALS) == SEALS;
}

/* A descriptor by its number in a variable: a sealed memfd and nothing else. */
static gw_status resume_fd(int *ret_fd, const char *variable, struct error *err)
{
	const char *text = getenv(variable);
	char *end = NULL;

	if (!text)
		return GW_OK;
	long fd = strtol(text, &end, 10);
	if (!*text || *end || fd <= STDERR_FILENO || fd > 1 << 20 || !is_sealed((int)fd))
		return error_set(err, GW_ERR_TRUST, "$%s: not a descriptor that golos-watchd handed to itself",
				 variable);
	if (fcntl((int)fd, F_SETFD, FD_CLOEXEC) != 0)
		return error_set(err, GW_ERR_SYSTEM, "$%s: %s", variable, strerror(errno));
	unsetenv(variable);
	*ret_fd = (int)fd;
	return GW_OK;
}

gw_status config_secrets_resume(struct config_secrets *ret, struct error *err)
{
	struct config_secrets secrets = {.wanted = ret->wanted, .keys_fd = -1, .config_fd = -1};
	gw_status status = resume_fd(&secrets.keys_fd, KEYS_VARIABLE, err);

	if (status == GW_OK)
		status = resume_fd(&secrets.config_fd, CONFIG_VARIABLE, err);
	if (status != GW_OK)
		return status;
	secrets.resumed = secrets.keys_fd >= 0 || secrets.config_fd >= 0;
	prctl(PR_SET_NAME,
	      program_invocation_short_name); /* else ps calls a second stage "exe", after /proc/self/exe */
	*ret = secrets;
	return GW_OK;
}

void config_secrets_done(struct config_secrets *secrets)
{
	if (secrets->keys_fd >= 0)
		close(secrets->keys_fd);
	if (secrets->config_fd >= 0)
		close(secrets->config_fd);
	free_environment(secrets->envp);
	*secrets = (struct config_secrets){.keys_fd = -1, .config_fd = -1};
}

void config_close_inherited(void)
{
	if (!getenv(KEYS_VARIABLE))
		close_range(STDERR_FILENO + 1, ~0U, 0);
}

gw_status config_hide_keys(char *const argv[], struct error *err)
{
	struct config_secrets secrets = {.keys_fd = -1, .config_fd = -1};

	secrets.envp = make_environment(&secrets, NULL);
	gw_status status = secrets.envp ? config_reexec(&secrets, argv, err) : GW_OK;
	config_secrets_done(&secrets);
	return status;
}

gw_status config_open(struct config **ret, struct config_secrets *secrets, const char *path, char *const argv[],
		      struct error *err)
{
	gw_status status = config_secrets_resume(secrets, err);

	if (!status && !secrets->resumed) {
		status = config_take_secrets(secrets, path, err);
		if (!status && secrets->envp)
			status = config_reexec(secrets, argv, err);
	}
	if (status)
		return status;
	return secrets->config_fd >= 0 ? config_load_fd(ret, secrets->config_fd, path, err)
				       : config_load(ret, path, err);
}
