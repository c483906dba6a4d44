/* sysv_writer PATH PROJ SIZE TEXT: make a segment, put TEXT into it, say its id,
 * stay attached until standard input ends, then detach and remove it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/shm.h>

int main(int argc, char **argv)
{
	if (argc != 5)
		return 2;
	size_t size = strtoull(argv[3], NULL, 10);
	key_t key = ftok(argv[1], argv[2][0]);
	if (key == (key_t)-1)
		return perror("ftok"), 1;
	int id = shmget(key, size, IPC_CREAT | IPC_EXCL | 0666);
	if (id == -1)
		return perror("shmget"), 1;
	char *p = shmat(id, NULL, 0);
	if (p == (void *)-1)
		return perror("shmat"), 1;
	strncpy(p, argv[4], size - 1);
	p[size - 1] = '\0';
	printf("key 0x%08x id %d\n", (unsigned)key, id);
	fflush(stdout);
	while (getchar() != EOF)
		;
	if (shmdt(p) == -1)
		return perror("shmdt"), 1;
	if (shmctl(id, IPC_RMID, NULL) == -1)
		return perror("shmctl"), 1;
	return 0;
}
