/* Files that appear whole or not at all. */
#include "crease/file.h"
#include "support/suites.h"
#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[64];

static void make_folder(void) {
    strcpy(folder, "/tmp/crease-test-file-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
}

static const char *in_folder(const char *name) {
    static char path[4][400];
    static int turn;
    turn = (turn + 1) % 4;
    snprintf(path[turn], sizeof *path, "%s/%s", folder, name);
    return path[turn];
}

static int count_files(void) {
    DIR *directory = opendir(folder);
    int count = -2; /* . and .. */
    while (readdir(directory))
        count++;
    closedir(directory);
    return count;
}

static void remove_folder(void) {
    DIR *directory = opendir(folder);
    for (struct dirent *entry; (entry = readdir(directory));)
        if (entry->d_name[0] != '.')
            unlink(in_folder(entry->d_name));
    closedir(directory);
    ck_assert_int_eq(rmdir(folder), 0);
}

static void expect(const char *path, const char *text) {
    char read[64] = "";
    FILE *file = fopen(path, "r");
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_le(fread(read, 1, sizeof read - 1, file), strlen(text));
    fclose(file);
    ck_assert_str_eq(read, text);
}

static mode_t mode_of(const char *path) {
    struct stat about;
    ck_assert_int_eq(stat(path, &about), 0);
    return about.st_mode & 0777;
}

static void write_text(const char *path, const char *text) {
    crease_file file;
    crease_error error = {0};
    ck_assert_msg(crease_file_create(&file, path, &error) == CREASE_OK, "%s", error.message);
    fputs(text, file.stream);
    ck_assert_msg(crease_file_commit(&file, &error) == CREASE_OK, "%s", error.message);
    ck_assert_ptr_null(file.stream);
    ck_assert_ptr_null(file.path);
    ck_assert_ptr_null(file.temporary);
}

START_TEST(appears_whole) {
    make_folder();
    const char *path = in_folder("a.txt");
    crease_file file;
    umask(027);
    ck_assert_int_eq(crease_file_create(&file, path, NULL), CREASE_OK);
    fputs("one", file.stream);
    ck_assert_int_eq(access(path, F_OK), -1); /* not yet */
    ck_assert_int_eq(crease_file_commit(&file, NULL), CREASE_OK);
    expect(path, "one");
    ck_assert_uint_eq(mode_of(path), 0640); /* by the umask */
    chmod(path, 0604);

    ck_assert_int_eq(crease_file_create(&file, path, NULL), CREASE_OK);
    fputs("two", file.stream);
    fflush(file.stream);
    expect(path, "one");
    ck_assert_int_eq(count_files(), 2);
    crease_file_discard(&file);
    expect(path, "one");
    ck_assert_int_eq(count_files(), 1);
    crease_file_discard(&file); /* an empty struct */

    write_text(path, "three");
    expect(path, "three");
    ck_assert_uint_eq(mode_of(path), 0604); /* kept */
    ck_assert_int_eq(count_files(), 1);
    ck_assert_int_eq(crease_file_commit(&file, NULL), CREASE_BAD_ARGUMENT);
    remove_folder();
}
END_TEST

START_TEST(two_writers) {
    make_folder();
    crease_file one, two;
    const char *path = in_folder("a");
    ck_assert_int_eq(crease_file_create(&one, path, NULL), CREASE_OK);
    ck_assert_int_eq(crease_file_create(&two, path, NULL), CREASE_OK);
    fputs("one", one.stream);
    fputs("two", two.stream);
    ck_assert_int_eq(crease_file_commit(&one, NULL), CREASE_OK);
    expect(path, "one");
    ck_assert_int_eq(crease_file_commit(&two, NULL), CREASE_OK);
    expect(path, "two");
    ck_assert_int_eq(count_files(), 1);
    remove_folder();
}
END_TEST

START_TEST(links_stay_links) {
    make_folder();
    const char *path = in_folder("real"), *link = in_folder("link");
    write_text(path, "one");
    ck_assert_int_eq(symlink("real", link), 0);
    write_text(link, "two");
    expect(path, "two");
    struct stat about;
    ck_assert_int_eq(lstat(link, &about), 0);
    ck_assert(S_ISLNK(about.st_mode));
    remove_folder();
}
END_TEST

START_TEST(devices_and_pipes) {
    write_text("/dev/null", "gone");
    make_folder();
    const char *pipe_path = in_folder("pipe");
    ck_assert_int_eq(mkfifo(pipe_path, 0600), 0);
    FILE *reader = fopen(pipe_path, "r+"); /* both ends, so that nothing blocks */
    write_text(pipe_path, "through\n");
    char line[32];
    ck_assert_ptr_nonnull(fgets(line, sizeof line, reader));
    ck_assert_str_eq(line, "through\n");
    fclose(reader);
    struct stat about;
    ck_assert_int_eq(stat(pipe_path, &about), 0);
    ck_assert(S_ISFIFO(about.st_mode));
    remove_folder();
}
END_TEST

/* Standard output stays open, in order with what the program prints itself, also when it is a regular file.
 */
START_TEST(standard_output) {
    make_folder();
    const char *path = in_folder("out");
    fflush(stdout);
    int kept = dup(1);
    FILE *out = freopen(path, "w", stdout);
    ck_assert_ptr_nonnull(out);
    printf("a\n");
    write_text("-", "b\n");
    printf("c\n");
    fflush(stdout);
    dup2(kept, 1);
    close(kept);
    expect(path, "a\nb\nc\n");
    remove_folder();
}
END_TEST

START_TEST(refusals) {
    crease_file file;
    crease_error error = {0};
    ck_assert_int_eq(crease_file_create(&file, "/no/such/folder/x", &error), CREASE_CANNOT_WRITE);
    ck_assert_str_eq(error.message, "cannot write /no/such/folder/x: No such file or directory");
    ck_assert_ptr_null(file.stream);
    crease_file_discard(&file);
    ck_assert_int_eq(crease_file_create(&file, "/tmp", &error), CREASE_CANNOT_WRITE);
    ck_assert_str_eq(error.message, "cannot write /tmp: it is a folder");
    ck_assert_int_eq(crease_file_create(&file, "/dev/full", &error), CREASE_OK);
    fputs("x", file.stream);
    ck_assert_int_eq(crease_file_commit(&file, &error), CREASE_CANNOT_WRITE);
    ck_assert_str_eq(error.message, "cannot write /dev/full: No space left on device");
    ck_assert_ptr_null(file.stream);
    if (geteuid() != 0) { /* root may write anywhere */
        make_folder();
        write_text(in_folder("a"), "one");
        chmod(in_folder("a"), 0444);
        ck_assert_int_eq(crease_file_create(&file, in_folder("a"), &error), CREASE_CANNOT_WRITE);
        remove_folder();
    }
}
END_TEST

Suite *test_file(void) {
    Suite *suite = suite_create("file");
    TCase *tests = tcase_create("file");
    tcase_add_test(tests, appears_whole);
    tcase_add_test(tests, two_writers);
    tcase_add_test(tests, links_stay_links);
    tcase_add_test(tests, devices_and_pipes);
    tcase_add_test(tests, standard_output);
    tcase_add_test(tests, refusals);
    suite_add_tcase(suite, tests);
    return suite;
}
