new_led.o: src/new_led.c src/new_common.h src/obk_config.h \
 components/platform/include/bl_platform.h components/hal/include/hal.h \
 components/lwip/include/lwip_lite.h components/rtos/include/rtos.h \
 components/wifi/include/wifi_mgr.h src/cmnds/cmd_public.h \
 src/cmnds/../new_common.h src/driver/drv_public.h \
 src/driver/../new_common.h src/mqtt/new_mqtt.h src/mqtt/../new_common.h
