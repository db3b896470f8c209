cli_system.o: components/cli/cli_system.c \
 components/platform/include/bl_platform.h components/cli/include/cli.h \
 components/hal/include/hal.h components/rtos/include/rtos.h
