/* caption: finds the subcommand. */
#include "config.h"

#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "cli/command.h"
#include "cli/failure.h"

#define MACRO_NOTES                                                   \
	"MACRO is a template and its captions:\n"                     \
	"  'zoidberg{^Need a meme?}{_Why not Zoidberg?}'\n"           \
	"A caption may begin with ^ - _ for top, middle, bottom\n"    \
	"and < | > for left, center, right. In it, \\} is a brace,\n" \
	"\\\\ a backslash, \\n a line break."

static const struct command commands[] = {
	{"render", "MACRO", "Draw a macro without a server.", command_render,
	 MACRO_NOTES "\nA template with a slash is a picture's path:\n"
		     "  './photo.jpg{^Look}'"},
	{"get", "MACRO", "Have a server draw a macro.", command_get,
	 MACRO_NOTES},
	{"sign", "URL", "Sign a URL, so that whoever has it may get it.",
	 command_sign,
	 "The secret file holds one secret a line; the first one signs."},
	{"pack", "DIR", "Make the packs of a folder of pictures.", command_pack,
	 NULL},
	{"check", "DIR", "Check each picture, or each pack, of a folder.",
	 command_check, "The exit status is 1 where one is bad."},
	{"list", "[DIR]", "List the templates of a folder or of a server.",
	 command_list, NULL},
};

static void print_help(FILE *out)
{
	fputs("Usage:\n  caption COMMAND [OPTION…] [ARGUMENT…]\n\n"
	      "Captions on pictures.\n\nCommands:\n",
	      out);
	for (gsize i = 0; i < G_N_ELEMENTS(commands); i++)
		fprintf(out, "  %-8s%-8s%s\n", commands[i].name,
			commands[i].arguments, commands[i].summary);
	fputs("\n`caption COMMAND --help` has a command's options.\n", out);
}

static const struct command *find(const char *name)
{
	for (gsize i = 0; i < G_N_ELEMENTS(commands); i++)
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	return NULL;
}

/* `caption help` and `caption help COMMAND`. */
static int help(int argc, char **argv)
{
	char option[] = "--help";
	char *arguments[] = {argc > 2 ? argv[2] : NULL, option, NULL};
	const struct command *command = argc > 2 ? find(argv[2]) : NULL;

	if (command)
		return command->run(command, arguments);
	print_help(stdout);
	return EXIT_SUCCESS;
}

static int refuse(const char *name)
{
	if (name)
		failure_note("no command '%s'", name);
	print_help(stderr);
	return EX_USAGE;
}

int main(int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : NULL;
	const struct command *command = name ? find(name) : NULL;

	/* Only character types: numbers keep their point in every locale. */
	(void)setlocale(LC_CTYPE, "C.UTF-8");
	if (command)
		return command->run(command, argv + 1);
	if (!name)
		return refuse(NULL);
	if (strcmp(name, "--version") == 0) {
		puts(PACKAGE_STRING);
		return EXIT_SUCCESS;
	}
	if (strcmp(name, "help") == 0 || strcmp(name, "--help") == 0 ||
	    strcmp(name, "-h") == 0)
		return help(argc, argv);
	return refuse(name);
}
