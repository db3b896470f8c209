mqtt_packet.o: src/mqtt/mqtt_packet.c src/mqtt/new_mqtt.h \
 src/mqtt/../new_common.h src/mqtt/../obk_config.h \
 components/platform/include/bl_platform.h components/hal/include/hal.h \
 components/lwip/include/lwip_lite.h components/rtos/include/rtos.h \
 components/wifi/include/wifi_mgr.h
