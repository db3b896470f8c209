ir_protocols.o: src/driver/ir/ir_protocols.cpp \
 src/driver/ir/ir_protocol.h
