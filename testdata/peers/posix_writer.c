/* posix_writer NAME SIZE TEXT: make an object, put TEXT into it, say so, keep it
 * mapped until standard input ends, then unmap and unlink it. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	if (argc != 4)
		return 2;
	size_t size = strtoull(argv[2], NULL, 10);
	int fd = shm_open(argv[1], O_CREAT | O_EXCL | O_RDWR, 0660);
	if (fd == -1)
		return perror("shm_open"), 1;
	if (ftruncate(fd, size) == -1)
		return perror("ftruncate"), shm_unlink(argv[1]), 1;
	char *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (p == MAP_FAILED)
		return perror("mmap"), shm_unlink(argv[1]), 1;
	close(fd);
	strncpy(p, argv[3], size - 1);
	p[size - 1] = '\0';
	puts("written");
	fflush(stdout);
	while (getchar() != EOF)
		;
	if (munmap(p, size) == -1)
		return perror("munmap"), 1;
	if (shm_unlink(argv[1]) == -1)
		return perror("shm_unlink"), 1;
	return 0;
}
