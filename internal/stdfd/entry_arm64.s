#include "textflag.h"

// fcntl(fd, F_GETFD) for 0, 1 and 2, then the runtime's entry, with the stack as it was.
TEXT _shmctl_entry(SB),NOSPLIT|NOFRAME,$0
	MOVD	$25, R8
	MOVD	$0, R0
	MOVD	$1, R1
	SVC
	MOVD	R0, ·status+0(SB)
	MOVD	$25, R8
	MOVD	$1, R0
	MOVD	$1, R1
	SVC
	MOVD	R0, ·status+8(SB)
	MOVD	$25, R8
	MOVD	$2, R0
	MOVD	$1, R1
	SVC
	MOVD	R0, ·status+16(SB)
	JMP	_rt0_arm64_linux(SB)
