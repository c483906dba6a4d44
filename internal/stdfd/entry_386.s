#include "textflag.h"

// fcntl(fd, F_GETFD) for 0, 1 and 2, then the runtime's entry, with the stack as it was.
TEXT _shmctl_entry(SB),NOSPLIT|NOFRAME,$0
	MOVL	$55, AX
	MOVL	$0, BX
	MOVL	$1, CX
	INT	$0x80
	MOVL	AX, ·status+0(SB)
	MOVL	$55, AX
	MOVL	$1, BX
	MOVL	$1, CX
	INT	$0x80
	MOVL	AX, ·status+4(SB)
	MOVL	$55, AX
	MOVL	$2, BX
	MOVL	$1, CX
	INT	$0x80
	MOVL	AX, ·status+8(SB)
	JMP	_rt0_386_linux(SB)
