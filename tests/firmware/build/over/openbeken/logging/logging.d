logging.o: src/logging/logging.c src/logging/../new_common.h \
 src/logging/../obk_config.h components/platform/include/bl_platform.h \
 components/hal/include/hal.h components/lwip/include/lwip_lite.h \
 components/rtos/include/rtos.h components/wifi/include/wifi_mgr.h \
 src/logging/../cmnds/cmd_public.h src/logging/../cmnds/../new_common.h \
 src/logging/../littlefs/our_lfs.h
