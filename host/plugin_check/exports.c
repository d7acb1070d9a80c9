/* SPDX-License-Identifier: MIT
 *
 * See exports.h. The file is read, and nothing of it runs.
 */
#include "plugin_check/exports.h"

#include <fcntl.h>
#include <link.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

struct image {
	const char *bytes;
	size_t size;
};

static const void *part(const struct image *image, uint64_t offset, uint64_t len)
{
	return offset <= image->size && len <= image->size - offset ? image->bytes + offset : NULL;
}

static void read_symbols(const struct image *image, const ElfW(Shdr) * symbols, const ElfW(Shdr) * names,
			 void (*found)(const char *name))
{
	const ElfW(Sym) *list = part(image, symbols->sh_offset, symbols->sh_size);
	const char *text = part(image, names->sh_offset, names->sh_size);

	for (size_t i = 0; list && text && i < symbols->sh_size / sizeof(*list); i++) {
		const ElfW(Sym) *symbol = &list[i];
		size_t left = symbol->st_name < names->sh_size ? names->sh_size - symbol->st_name : 0;
		bool visible = symbol->st_shndx != SHN_UNDEF && ELF64_ST_BIND(symbol->st_info) != STB_LOCAL;

		if (visible && memchr(text + symbol->st_name, 0, left))
			found(text + symbol->st_name);
	}
}

static void read_sections(const struct image *image, void (*found)(const char *name))
{
	const ElfW(Ehdr) *head = part(image, 0, sizeof(*head));
	const ElfW(Shdr) * sections;

	if (!head || memcmp(head->e_ident, ELFMAG, SELFMAG) != 0 || head->e_shentsize != sizeof(*sections))
		return;
	sections = part(image, head->e_shoff, (uint64_t)head->e_shnum * sizeof(*sections));
	for (unsigned i = 0; sections && i < head->e_shnum; i++)
		if (sections[i].sh_type == SHT_DYNSYM && sections[i].sh_link < head->e_shnum)
			read_symbols(image, &sections[i], &sections[sections[i].sh_link], found);
}

void exports_each(const char *path, void (*found)(const char *name))
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat stat;

	if (fd < 0)
		return;
	if (fstat(fd, &stat) == 0 && stat.st_size > 0) {
		struct image image = {.size = (size_t)stat.st_size};
		void *bytes = mmap(NULL, image.size, PROT_READ, MAP_PRIVATE, fd, 0);

		image.bytes = bytes;
		if (bytes != MAP_FAILED) {
			read_sections(&image, found);
			munmap(bytes, image.size);
		}
	}
	close(fd);
}
