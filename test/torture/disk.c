/*
 * A disk that fails, for one process: loaded with LD_PRELOAD, it looks at what is done under the folder TORTURE_UNDER.
 *
 * TORTURE_FAIL=N: the N-th write there, and every one after it, finds no space (ENOSPC). A write is what takes space: bytes, a new file, a new
 * folder, a name. TORTURE_COUNT=FILE gets a byte for each write, so that its size tells how many there were.
 *
 * TORTURE_SYNCED=FOLDER (on the same file system): keeps there what a power cut would leave. fsync of a file copies it to files/INODE; fsync of a
 * folder writes the names in it, each with inode and kind, to names/INODE. What is removed or replaced is linked to kept/INODE, so that no later
 * file gets its inode.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

static const char *under, *synced, *counted;
static long fail_at;
static atomic_long writes;

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

__attribute__((constructor)) static void start(void) {
  under = getenv("TORTURE_UNDER");
  synced = getenv("TORTURE_SYNCED");
  counted = getenv("TORTURE_COUNT");
  const char *at = getenv("TORTURE_FAIL");
  fail_at = at ? atol(at) : 0;
}

static int is_under(const char *path) {
  size_t length = under ? strlen(under) : 0;
  return length > 0 && strncmp(path, under, length) == 0 && (path[length] == '/' || path[length] == 0);
}

/* Whether an open file or folder lies there. */
static int is_fd_under(int fd) {
  char link[64], path[PATH_MAX];
  if (!under) return 0;
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, path, sizeof path - 1);
  if (length < 0) return 0;
  path[length] = 0;
  return is_under(path);
}

static int is_path_under(const char *name) {
  char path[PATH_MAX];
  if (!under || !name) return 0;
  if (name[0] == '/') return is_under(name);
  if (!getcwd(path, sizeof path)) return 0;
  size_t length = strlen(path);
  snprintf(path + length, sizeof path - length, "/%s", name);
  return is_under(path);
}

/* Counts a write; whether it finds no space. */
static int is_full(void) {
  long n = atomic_fetch_add(&writes, 1) + 1;
  if (counted) {
    int fd = REAL(open)(counted, O_WRONLY | O_APPEND | O_CREAT, 0600);
    if (fd >= 0) {
      if (REAL(write)(fd, ".", 1) != 1) abort();
      close(fd);
    }
  }
  if (fail_at == 0 || n < fail_at) return 0;
  errno = ENOSPC;
  return 1;
}

static void place(char *path, const char *kind, ino_t inode) {
  snprintf(path, PATH_MAX, "%s/%s/%lu", synced, kind, (unsigned long)inode);
}

/* What was synced of an inode that has been used again is not of the new file. */
static void forget(const struct stat *of) {
  char path[PATH_MAX];
  place(path, "files", of->st_ino);
  REAL(unlink)(path);
  place(path, "names", of->st_ino);
  REAL(unlink)(path);
}

/* Keeps the inode of a file whose name goes. A folder cannot be linked: it is held open. */
static void keep(const char *name) {
  struct stat of;
  char path[PATH_MAX];
  if (!synced || lstat(name, &of) != 0) return;
  place(path, "kept", of.st_ino);
  if (S_ISDIR(of.st_mode)) (void)!REAL(open)(name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  else (void)!REAL(link)(name, path);
}

static void replace(const char *kind, ino_t inode, int from, const char *text, size_t length) {
  char path[PATH_MAX], other[PATH_MAX + 32], buffer[65536];
  static atomic_long number;
  place(path, kind, inode);
  snprintf(other, sizeof other, "%s.%d.%ld", path, getpid(), atomic_fetch_add(&number, 1));
  int to = REAL(open)(other, O_WRONLY | O_CREAT | O_TRUNC, 0600);
  if (to < 0) abort();
  if (text) {
    if (REAL(write)(to, text, length) != (ssize_t)length) abort();
  } else {
    ssize_t got;
    for (off_t at = 0; (got = pread(from, buffer, sizeof buffer, at)) > 0; at += got)
      if (REAL(write)(to, buffer, got) != got) abort();
  }
  close(to);
  if (REAL(rename)(other, path) != 0) abort();
}

static void sync_file(int fd, const struct stat *of) {
  char link[64];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  /* it may have been opened for writing alone */
  int from = REAL(open)(link, O_RDONLY | O_CLOEXEC);
  if (from < 0) return;
  replace("files", of->st_ino, from, NULL, 0);
  close(from);
}

static void sync_folder(int fd, const struct stat *of) {
  char link[64];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  DIR *folder = opendir(link);
  if (!folder) return;
  size_t size = 0, room = 1 << 20;
  char *text = malloc(room);
  for (struct dirent *entry; text && (entry = readdir(folder));) {
    struct stat inner;
    if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
    if (fstatat(dirfd(folder), entry->d_name, &inner, AT_SYMLINK_NOFOLLOW) != 0) continue;
    if (room - size < PATH_MAX) text = realloc(text, room *= 2);
    size += snprintf(text + size, room - size, "%lu %c %s\n", (unsigned long)inner.st_ino,
                     S_ISDIR(inner.st_mode) ? 'd' : 'f', entry->d_name);
  }
  closedir(folder);
  replace("names", of->st_ino, -1, text, size);
  free(text);
}

static int synced_one(int fd, int result) {
  struct stat of;
  if (result == 0 && synced && is_fd_under(fd) && fstat(fd, &of) == 0) {
    if (S_ISDIR(of.st_mode)) sync_folder(fd, &of);
    else if (S_ISREG(of.st_mode)) sync_file(fd, &of);
  }
  return result;
}

int fsync(int fd) { return synced_one(fd, REAL(fsync)(fd)); }
int fdatasync(int fd) { return synced_one(fd, REAL(fdatasync)(fd)); }

ssize_t write(int fd, const void *bytes, size_t count) {
  if (under && is_fd_under(fd) && is_full()) return -1;
  return REAL(write)(fd, bytes, count);
}
ssize_t pwrite64(int fd, const void *bytes, size_t count, off_t at) {
  if (under && is_fd_under(fd) && is_full()) return -1;
  return REAL(pwrite64)(fd, bytes, count, at);
}
ssize_t pwrite(int fd, const void *bytes, size_t count, off_t at) { return pwrite64(fd, bytes, count, at); }
ssize_t writev(int fd, const struct iovec *parts, int count) {
  if (under && is_fd_under(fd) && is_full()) return -1;
  return REAL(writev)(fd, parts, count);
}
ssize_t pwritev64(int fd, const struct iovec *parts, int count, off_t at) {
  if (under && is_fd_under(fd) && is_full()) return -1;
  return REAL(pwritev64)(fd, parts, count, at);
}
ssize_t pwritev(int fd, const struct iovec *parts, int count, off_t at) { return pwritev64(fd, parts, count, at); }

static int open_one(int folder, const char *name, int flags, mode_t mode) {
  struct stat of;
  int is_new = (flags & O_CREAT) && folder == AT_FDCWD && is_path_under(name) && lstat(name, &of) != 0;
  if (is_new && is_full()) return -1;
  int fd = REAL(openat64)(folder, name, flags, mode);
  if (fd >= 0 && is_new && synced && fstat(fd, &of) == 0) forget(&of);
  return fd;
}

#define MODE(flags, last, mode) \
  mode_t mode = 0;              \
  if ((flags) & (O_CREAT | __O_TMPFILE)) { va_list more; va_start(more, last); mode = va_arg(more, mode_t); va_end(more); }

int open(const char *name, int flags, ...) { MODE(flags, flags, mode) return open_one(AT_FDCWD, name, flags, mode); }
int open64(const char *name, int flags, ...) { MODE(flags, flags, mode) return open_one(AT_FDCWD, name, flags, mode); }
int openat(int folder, const char *name, int flags, ...) { MODE(flags, flags, mode) return open_one(folder, name, flags, mode); }
int openat64(int folder, const char *name, int flags, ...) { MODE(flags, flags, mode) return open_one(folder, name, flags, mode); }

int mkdir(const char *name, mode_t mode) {
  struct stat of;
  int is_ours = is_path_under(name);
  if (is_ours && is_full()) return -1;
  int result = REAL(mkdir)(name, mode);
  if (result == 0 && is_ours && synced && lstat(name, &of) == 0) forget(&of);
  return result;
}

int rename(const char *from, const char *to) {
  if (is_path_under(to)) {
    if (is_full()) return -1;
    keep(to);
  }
  return REAL(rename)(from, to);
}

int link(const char *from, const char *to) {
  if (is_path_under(to) && is_full()) return -1;
  return REAL(link)(from, to);
}

int unlink(const char *name) {
  if (is_path_under(name)) keep(name);
  return REAL(unlink)(name);
}

int rmdir(const char *name) {
  if (is_path_under(name)) keep(name);
  return REAL(rmdir)(name);
}

int unlinkat(int folder, const char *name, int flags) {
  if (folder == AT_FDCWD && is_path_under(name)) keep(name);
  return REAL(unlinkat)(folder, name, flags);
}
