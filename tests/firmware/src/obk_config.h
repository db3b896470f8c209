#ifndef OBK_CONFIG_H
#define OBK_CONFIG_H
#endif
