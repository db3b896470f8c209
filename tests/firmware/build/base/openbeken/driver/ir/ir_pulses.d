ir_pulses.o: src/driver/ir/ir_pulses.cpp src/driver/ir/ir_protocol.h
