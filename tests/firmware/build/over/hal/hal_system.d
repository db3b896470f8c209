hal_system.o: components/hal/hal_system.c \
 components/platform/include/bl_platform.h components/hal/include/hal.h
