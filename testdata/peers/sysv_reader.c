/* sysv_reader PATH PROJ SIZE: print the string in the segment with that key. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/ipc.h>
#include <sys/shm.h>

int main(int argc, char **argv)
{
	if (argc != 4)
		return 2;
	key_t key = ftok(argv[1], argv[2][0]);
	if (key == (key_t)-1)
		return perror("ftok"), 1;
	int id = shmget(key, strtoull(argv[3], NULL, 10), 0666);
	if (id == -1)
		return perror("shmget"), 1;
	char *p = shmat(id, NULL, SHM_RDONLY);
	if (p == (void *)-1)
		return perror("shmat"), 1;
	printf("%s\n", p);
	if (shmdt(p) == -1)
		return perror("shmdt"), 1;
	return 0;
}
