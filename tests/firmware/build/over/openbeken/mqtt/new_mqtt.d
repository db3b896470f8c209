new_mqtt.o: src/mqtt/new_mqtt.c src/mqtt/new_mqtt.h \
 src/mqtt/../new_common.h src/mqtt/../obk_config.h \
 components/platform/include/bl_platform.h components/hal/include/hal.h \
 components/lwip/include/lwip_lite.h components/rtos/include/rtos.h \
 components/wifi/include/wifi_mgr.h src/mqtt/../cmnds/cmd_public.h \
 src/mqtt/../cmnds/../new_common.h
