json_printer.o: src/json/json_printer.c src/json/json_printer.h
