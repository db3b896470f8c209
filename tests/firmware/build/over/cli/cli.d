cli.o: components/cli/cli.c components/cli/include/cli.h \
 components/platform/include/bl_platform.h
