hal_gpio.o: components/hal/hal_gpio.c \
 components/platform/include/bl_platform.h components/hal/include/hal.h
