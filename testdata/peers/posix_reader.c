/* posix_reader NAME SIZE: print the string in the object. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	if (argc != 3)
		return 2;
	size_t size = strtoull(argv[2], NULL, 10);
	int fd = shm_open(argv[1], O_RDONLY, 0);
	if (fd == -1)
		return perror("shm_open"), 1;
	char *p = mmap(NULL, size, PROT_READ, MAP_SHARED, fd, 0);
	if (p == MAP_FAILED)
		return perror("mmap"), 1;
	printf("%s\n", p);
	if (munmap(p, size) == -1)
		return perror("munmap"), 1;
	return close(fd) == -1;
}
