ir_ac.o: src/driver/ir/ir_ac.cpp src/driver/ir/ir_ac.h \
 src/driver/ir/ir_protocol.h
