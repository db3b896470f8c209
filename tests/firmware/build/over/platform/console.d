console.o: components/platform/console.c \
 components/platform/include/bl_platform.h components/hal/include/hal.h
