/* Feeds files, or all files of folders, to a fuzz target: `replay FILE_OR_FOLDER...`. Linked in place of
 * libFuzzer's main, so that the corpora run wherever there is a C compiler. Fails when there is nothing to
 * feed. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int replay_file(const char *path) {
    char *bytes = NULL;
    size_t size = 0;
    FILE *file = fopen(path, "rb");
    FILE *copy = open_memstream(&bytes, &size);
    if (!file || !copy) {
        fprintf(stderr, "replay: cannot read %s\n", path);
        exit(EXIT_FAILURE);
    }
    for (int c; (c = getc(file)) != EOF;)
        putc(c, copy);
    fclose(file);
    fclose(copy);
    uint8_t *exact =
        malloc(size ? size : 1); /* without the zero byte behind, so that a sanitizer sees its end */
    if (!exact)
        exit(EXIT_FAILURE);
    memcpy(exact, bytes, size);
    LLVMFuzzerTestOneInput(exact, size);
    free(exact);
    free(bytes);
    return 1;
}

static int replay(const char *path) {
    struct stat about;
    if (stat(path, &about) != 0 || !S_ISDIR(about.st_mode))
        return replay_file(path);
    int count = 0;
    DIR *folder = opendir(path);
    for (struct dirent *entry; folder && (entry = readdir(folder));) {
        if (entry->d_name[0] == '.')
            continue;
        size_t size = strlen(path) + strlen(entry->d_name) + 2;
        char *inner = malloc(size);
        if (!inner)
            exit(EXIT_FAILURE);
        snprintf(inner, size, "%s/%s", path, entry->d_name);
        count += replay(inner);
        free(inner);
    }
    if (folder)
        closedir(folder);
    return count;
}

int main(int argc, char **argv) {
    int count = 0;
    for (int i = 1; i < argc; i++)
        count += replay(argv[i]);
    printf("%s: %d inputs\n", argv[0], count);
    return count > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
