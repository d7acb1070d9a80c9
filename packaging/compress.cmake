# SPDX-License-Identifier: MIT
# Run by cpack between staging and packing: Debian wants manual pages and changelogs compressed, without a time stamp.
file(GLOB_RECURSE pages ${CPACK_TEMPORARY_DIRECTORY}/*/usr/share/man/man?/*.[1-8])
file(GLOB_RECURSE texts ${CPACK_TEMPORARY_DIRECTORY}/*/usr/share/doc/*/changelog ${CPACK_TEMPORARY_DIRECTORY}/*/usr/share/doc/*/NEWS)
execute_process(COMMAND gzip -9n ${pages} ${texts} COMMAND_ERROR_IS_FATAL ANY)
