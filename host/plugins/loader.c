/* SPDX-License-Identifier: MIT
 *
 * Trust, dlopen, header. The order matters: a shared object's constructors run inside dlopen, so whether the file is to
 * be believed is settled before.
 */
#include "plugins/loader.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <link.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "config/value.h"

#define OPTIONS_MAX	256
#define OPTION_SIZE_MAX 4096
#define NEEDS_MAX	64

struct shelf {
	struct shelf *next;
	struct plugin plugin;
	struct gw_plugin_entry entry;
	struct gw_option *options; /* the entry's, whole */
	struct stat file;	   /* as it was loaded; st_ino 0: not known */
};

/* What dlopen mapped is the process's own state, and so is this list of it: the one exception to "no global state". */
static struct shelf *loaded;

/* ---- trust ------------------------------------------------------------------------------------------------------ */

static gw_status trust_owner(const char *path, const struct stat *stat, struct error *err)
{
	if (stat->st_uid != 0 && stat->st_uid != geteuid())
		return error_set(err, GW_ERR_TRUST, "%s: belongs to uid %u, not to root or to us", path, stat->st_uid);
	if (stat->st_mode & (S_IWGRP | S_IWOTH))
		return error_set(err, GW_ERR_TRUST, "%s: other users can write it (mode %04o)", path,
				 stat->st_mode & 07777);
	return GW_OK;
}

/* The directory and everything above it: who can write one of them can put another file in the plugin's place. But in a
 * sticky directory above (/tmp) nobody can rename or remove what lies there and is root's or ours, as the next path
 * down has just been found to be. */
static gw_status trust_directories(char *path, struct error *err)
{
	struct stat stat;

	for (bool above = false;; above = true) {
		if (lstat(*path ? path : "/", &stat) != 0)
			return error_set(err, GW_ERR_SYSTEM, "%s: %s", path, strerror(errno));
		if (above && stat.st_mode & S_ISVTX)
			stat.st_mode &= ~(mode_t)(S_IWGRP | S_IWOTH);
		gw_status status = trust_owner(*path ? path : "/", &stat, err);
		if (status != GW_OK || !*path)
			return status;
		*strrchr(path, '/') = 0;
	}
}

/* Of a path that this user cannot reach: whom which directory keeps out. */
static gw_status explain_denial(const char *plugin_dir, struct error *err)
{
	const struct passwd *user = getpwuid(geteuid());
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s", plugin_dir);
	for (char *at = path + 1; (at = strchr(at, '/')); at++) {
		*at = 0;
		if (access(path, X_OK) != 0)
			break;
		*at = '/';
	}
	return error_set(err, GW_ERR_SYSTEM, "plugin directory %s: user %s may not enter %s", plugin_dir,
			 user ? user->pw_name : "of no name", path);
}

/* `file` is DIR/NAME.so with DIR a real path. */
static gw_status trust_file(const char *file, struct error *err)
{
	struct stat stat;

	if (lstat(file, &stat) != 0)
		return error_set(err, errno == ENOENT ? GW_ERR_NOT_FOUND : GW_ERR_SYSTEM, "plugin %s: %s", file,
				 strerror(errno));
	if (!S_ISREG(stat.st_mode))
		return error_set(err, GW_ERR_TRUST, "%s: not a regular file%s", file,
				 S_ISLNK(stat.st_mode) ? ", but a symbolic link" : "");
	return trust_owner(file, &stat, err);
}

gw_status plugin_trust(const char *plugin_dir, const char *name, char **ret_path, struct error *err)
{
	char dir[PATH_MAX];

	if (!value_is_word(name))
		return error_set(err, GW_ERR_TRUST, "plugin '%.64s': a name is 1 to 48 of a-z, 0-9 and _", name);
	if (!realpath(plugin_dir, dir) && errno == EACCES)
		return explain_denial(plugin_dir, err);
	if (!realpath(plugin_dir, dir))
		return error_set(err, errno == ENOENT ? GW_ERR_NOT_FOUND : GW_ERR_SYSTEM, "plugin directory %s: %s",
				 plugin_dir, strerror(errno));
	char *file = xasprintf("%s/%s.so", strcmp(dir, "/") != 0 ? dir : "", name);
	gw_status status = trust_file(file, err);
	if (status == GW_OK)
		status = trust_directories(dir, err);
	if (status != GW_OK)
		free(file);
	else
		*ret_path = file;
	return status;
}

/* ---- wholeness -------------------------------------------------------------------------------------------------- */

static bool read_at(int fd, void *ret, size_t len, uint64_t offset)
{
	return offset <= INT64_MAX && pread(fd, ret, len, (off_t)offset) == (ssize_t)len;
}

/* What is to be mapped lies in the file. dlopen takes a shorter one, and the first touch of what is missing kills the
 * process. Whether it is a library at all is dlopen's to say. */
static bool is_whole(int fd, uint64_t size)
{
	ElfW(Ehdr) head;
	ElfW(Phdr) part;

	if (!read_at(fd, &head, sizeof(head), 0) || memcmp(head.e_ident, ELFMAG, SELFMAG) != 0)
		return true;
	for (unsigned i = 0; i < head.e_phnum; i++) {
		if (!read_at(fd, &part, sizeof(part), head.e_phoff + (uint64_t)i * head.e_phentsize))
			return false;
		if (part.p_type == PT_LOAD && (part.p_offset > size || part.p_filesz > size - part.p_offset))
			return false;
	}
	return true;
}

static gw_status check_whole(const char *path, struct error *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	struct stat stat;

	if (fd < 0 || fstat(fd, &stat) != 0) {
		gw_status status = error_set(err, GW_ERR_SYSTEM, "plugin %s: %s", path, strerror(errno));

		if (fd >= 0)
			close(fd);
		return status;
	}
	bool whole = is_whole(fd, (uint64_t)stat.st_size);
	close(fd);
	return whole ? GW_OK
		     : error_set(err, GW_ERR_UNSUPPORTED, "plugin %s: the file is cut short: copy it again", path);
}

/* ---- header ----------------------------------------------------------------------------------------------------- */

/* What every plugin of this major has: the members of version 1.0. */
#define ENTRY_SIZE_MIN	(offsetof(struct gw_plugin_entry, status) + sizeof(((struct gw_plugin_entry *)0)->status))
#define OPTION_SIZE_MIN (offsetof(struct gw_option, help) + sizeof(((struct gw_option *)0)->help))

static gw_status check_needs(const char *const *needs, struct error *err)
{
	static const char *const offered[] = {GW_SERVICE_CHAIN, GW_SERVICE_SUBMIT, GW_SERVICE_NOTICE,
					      GW_SERVICE_STORE, GW_SERVICE_RPC,	   GW_SERVICE_HTTP};

	for (size_t i = 0; needs && needs[i]; i++) {
		bool found = false;

		if (i == NEEDS_MAX)
			return error_set(err, GW_ERR_UNSUPPORTED, "its list of needs has no end");
		for (size_t j = 0; j < sizeof(offered) / sizeof(offered[0]); j++)
			found = found || !strcmp(needs[i], offered[j]);
		if (!found)
			return error_set(err, GW_ERR_UNSUPPORTED, "it needs '%.64s', which this host does not offer",
					 needs[i]);
	}
	return GW_OK;
}

static gw_status check_functions(const struct gw_plugin_entry *entry, struct error *err)
{
	const char *missing = !entry->open    ? "open"
			      : !entry->start ? "start"
			      : !entry->stop  ? "stop"
			      : !entry->close ? "close"
					      : NULL;

	if (missing)
		return error_set(err, GW_ERR_UNSUPPORTED, "its required function '%s' is missing", missing);
	return GW_OK;
}

/* Reads the fixed header of the plugin's own struct, then copies what both sides know. */
static gw_status copy_entry(struct gw_plugin_entry *ret, const struct gw_plugin_entry *theirs, struct error *err)
{
	if (theirs->abi_major != GW_ABI_MAJOR)
		return error_set(err, GW_ERR_UNSUPPORTED, "it was built for ABI %u.%u, this host has %u.%u",
				 theirs->abi_major, theirs->abi_minor, GW_ABI_MAJOR, GW_ABI_MINOR);
	if (theirs->struct_size < ENTRY_SIZE_MIN)
		return error_set(err, GW_ERR_UNSUPPORTED, "its entry has %u bytes, version 1.0 has %zu",
				 theirs->struct_size, ENTRY_SIZE_MIN);
	memset(ret, 0, sizeof(*ret));
	memcpy(ret, theirs, theirs->struct_size < sizeof(*ret) ? theirs->struct_size : sizeof(*ret));
	return GW_OK;
}

static gw_status check_entry(const struct gw_plugin_entry *entry, const char *name, struct error *err)
{
	if (!entry->name || strcmp(entry->name, name) != 0)
		return error_set(err, GW_ERR_UNSUPPORTED, "it calls itself '%.64s'", entry->name ? entry->name : "");
	if (!entry->version || !entry->summary)
		return error_set(err, GW_ERR_UNSUPPORTED, "its version or summary is missing");
	gw_status status = check_functions(entry, err);
	if (status == GW_OK)
		status = check_needs(entry->needs, err);
	if (status != GW_OK)
		return status;
	return GW_OK;
}

/* Row by row, as far as both sides know one. */
static gw_status copy_options(struct gw_option **ret, const struct gw_plugin_entry *entry, struct error *err)
{
	const char *row = (const char *)entry->options;
	size_t size = entry->option_size;

	if (entry->option_count > OPTIONS_MAX || (entry->option_count && !row))
		return error_set(err, GW_ERR_UNSUPPORTED, "its table of options is missing or longer than %d",
				 OPTIONS_MAX);
	if (entry->option_count &&
	    (size < OPTION_SIZE_MIN || size > OPTION_SIZE_MAX || size % _Alignof(struct gw_option)))
		return error_set(err, GW_ERR_UNSUPPORTED, "its option_size is %zu: version 1.0 has %zu", size,
				 OPTION_SIZE_MIN);
	struct gw_option *options = xcalloc(entry->option_count, sizeof(*options));
	for (size_t i = 0; i < entry->option_count; i++, row += size)
		memcpy(&options[i], row, size < sizeof(*options) ? size : sizeof(*options));
	gw_status status = option_table_check(options, entry->option_count, err);
	if (status != GW_OK)
		free(options);
	else
		*ret = options;
	return status;
}

static gw_status read_entry(struct shelf *shelf, const struct gw_plugin_entry *theirs, const char *name,
			    struct error *err)
{
	gw_status status = copy_entry(&shelf->entry, theirs, err);

	if (status == GW_OK)
		status = check_entry(&shelf->entry, name, err);
	if (status == GW_OK)
		status = copy_options(&shelf->options, &shelf->entry, err);
	shelf->entry.options = shelf->options;
	shelf->entry.option_size = sizeof(*shelf->options);
	return status;
}

static gw_status open_library(struct shelf *shelf, const char *path, const char *name, struct error *err)
{
	void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);

	if (!library) {
		const char *why = dlerror();

		return error_set(err, GW_ERR_UNSUPPORTED, "plugin %s: %s", path, why ? why : "cannot be loaded");
	}
	const struct gw_plugin_entry *theirs = dlsym(library, "gw_plugin_entry");
	gw_status status = theirs ? read_entry(shelf, theirs, name, err)
				  : error_set(err, GW_ERR_UNSUPPORTED, "it exports no gw_plugin_entry");
	if (status == GW_OK)
		return GW_OK;
	dlclose(library); /* none of its functions was called */
	error_prefix(err, "plugin %s", path);
	return status;
}

/* ---- the plugins of this process -------------------------------------------------------------------------------- */

gw_status plugin_load(struct plugin **ret, const char *plugin_dir, const char *name, struct error *err)
{
	char *path = NULL;
	gw_status status = plugin_trust(plugin_dir, name, &path, err);

	if (status != GW_OK || path == NULL)
		return status;
	for (struct shelf *shelf = loaded; shelf; shelf = shelf->next) {
		if (strcmp(shelf->plugin.path, path) != 0)
			continue;
		free(path);
		*ret = &shelf->plugin;
		return GW_OK;
	}
	struct shelf *shelf = xcalloc(1, sizeof(*shelf));
	status = check_whole(path, err);
	if (status == GW_OK)
		status = open_library(shelf, path, name, err);
	if (status != GW_OK) {
		free(path);
		free(shelf);
		return status;
	}
	if (stat(path, &shelf->file) != 0)
		shelf->file.st_ino = 0;
	shelf->plugin = (struct plugin){.path = path, .entry = &shelf->entry};
	shelf->next = loaded;
	loaded = shelf;
	*ret = &shelf->plugin;
	return GW_OK;
}

gw_status plugin_load_wanted(struct plugin **ret, const struct config *config, const struct config_instance *instance,
			     struct error *err)
{
	gw_status status = plugin_load(ret, config->plugin_dir, instance->plugin, err);

	if (status != GW_OK && instance->line > 0) /* else it is made of variables */
		error_prefix(err, "%s:%d", config->source, instance->line);
	return status;
}

void plugin_each_replaced(void (*say)(void *context, const char *path), void *context)
{
	for (const struct shelf *shelf = loaded; shelf; shelf = shelf->next) {
		struct stat now;

		if (shelf->file.st_ino == 0 || stat(shelf->plugin.path, &now) != 0)
			continue;
		if (now.st_ino != shelf->file.st_ino || now.st_dev != shelf->file.st_dev ||
		    now.st_size != shelf->file.st_size || now.st_mtim.tv_sec != shelf->file.st_mtim.tv_sec ||
		    now.st_mtim.tv_nsec != shelf->file.st_mtim.tv_nsec)
			say(context, shelf->plugin.path);
	}
}

void plugin_free_all(void)
{
	while (loaded) {
		struct shelf *shelf = loaded;

		loaded = shelf->next;
		free(shelf->plugin.path);
		free(shelf->options);
		free(shelf);
	}
}
