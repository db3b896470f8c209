kv_cli.o: components/easykv/kv_cli.c \
 components/platform/include/bl_platform.h components/cli/include/cli.h \
 components/easykv/include/easykv.h
