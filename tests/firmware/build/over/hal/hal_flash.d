hal_flash.o: components/hal/hal_flash.c \
 components/platform/include/bl_platform.h components/hal/include/hal.h
