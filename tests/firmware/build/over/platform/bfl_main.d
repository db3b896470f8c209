bfl_main.o: components/platform/bfl_main.c \
 components/platform/include/bl_platform.h components/cli/include/cli.h \
 components/hal/include/hal.h components/lwip/include/lwip_lite.h \
 components/rtos/include/rtos.h components/wifi/include/wifi_mgr.h
