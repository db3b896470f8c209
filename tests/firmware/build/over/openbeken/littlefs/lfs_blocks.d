lfs_blocks.o: src/littlefs/lfs_blocks.c src/littlefs/../new_common.h \
 src/littlefs/../obk_config.h components/platform/include/bl_platform.h \
 components/hal/include/hal.h components/lwip/include/lwip_lite.h \
 components/rtos/include/rtos.h components/wifi/include/wifi_mgr.h \
 src/littlefs/lfs_blocks.h
