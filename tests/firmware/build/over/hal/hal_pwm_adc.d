hal_pwm_adc.o: components/hal/hal_pwm_adc.c \
 components/platform/include/bl_platform.h components/hal/include/hal.h
