# SPDX-License-Identifier: MIT
# One interface target carries warnings, hardening and the sanitizers; everything links it.
include(CheckCCompilerFlag)
add_library(gw_flags INTERFACE)

set(warnings -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wcast-qual -Wvla -Wundef -Wformat=2 -Wimplicit-fallthrough
	-Wno-overlength-strings)
target_compile_options(gw_flags INTERFACE
	${warnings}
	$<$<COMPILE_LANGUAGE:C>:-Wstrict-prototypes;-Wmissing-prototypes>
	$<$<BOOL:${GW_WERROR}>:-Werror>
	-fvisibility=hidden -fstack-protector-strong -fPIC
	-ffile-prefix-map=${CMAKE_SOURCE_DIR}/= # the same bytes from whichever folder
	$<$<NOT:$<CONFIG:Debug>>:-U_FORTIFY_SOURCE;-D_FORTIFY_SOURCE=3>)
foreach(flag -fstack-clash-protection -fcf-protection)
	string(MAKE_C_IDENTIFIER ${flag} name)
	check_c_compiler_flag(${flag} GW_HAS${name})
	if(GW_HAS${name})
		target_compile_options(gw_flags INTERFACE ${flag})
	endif()
endforeach()
target_link_options(gw_flags INTERFACE -Wl,-z,relro,-z,now,-z,noexecstack
	$<$<STREQUAL:$<TARGET_PROPERTY:TYPE>,EXECUTABLE>:-pie>)
target_compile_definitions(gw_flags INTERFACE _GNU_SOURCE)
target_include_directories(gw_flags INTERFACE ${CMAKE_SOURCE_DIR}/include ${CMAKE_SOURCE_DIR}/host)

if(GW_SANITIZE)
	target_compile_options(gw_flags INTERFACE -fsanitize=address,undefined -fno-sanitize-recover=all
		-fno-omit-frame-pointer)
	target_link_options(gw_flags INTERFACE -fsanitize=address,undefined)
endif()
if(GW_COVERAGE)
	target_compile_options(gw_flags INTERFACE --coverage -fprofile-update=atomic)
	target_link_options(gw_flags INTERFACE --coverage)
endif()
if(GW_FUZZ)
	target_compile_options(gw_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()

# gw_library(name SOURCES… ): a static library of the project. gw_program, gw_test likewise.
function(gw_library name)
	add_library(${name} STATIC ${ARGN})
	target_link_libraries(${name} PUBLIC gw_flags)
endfunction()
function(gw_program name)
	add_executable(${name} ${ARGN})
	target_link_libraries(${name} PRIVATE gw_flags)
endfunction()
# gw_plugin(name SOURCES…): a plugin that exports gw_plugin_entry and nothing else.
function(gw_plugin name)
	add_library(${name} MODULE ${ARGN})
	target_link_libraries(${name} PRIVATE gw_flags)
	target_link_options(${name} PRIVATE -Wl,--version-script=${CMAKE_SOURCE_DIR}/cmake/plugin.map
		$<$<NOT:$<BOOL:${GW_SANITIZE}>>:-Wl,-z,defs>)
	set_target_properties(${name} PROPERTIES PREFIX "" LINK_DEPENDS ${CMAKE_SOURCE_DIR}/cmake/plugin.map)
	if(NOT CMAKE_LIBRARY_OUTPUT_DIRECTORY)
		set_target_properties(${name} PROPERTIES LIBRARY_OUTPUT_DIRECTORY ${GW_PLUGIN_BUILD_DIR})
	endif()
endfunction()
