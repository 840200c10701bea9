package rebilly

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
)

func TestIsMountPoint(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("only Linux tells")
	}
	for path, want := range map[string]bool{"/proc": true, t.TempDir(): false, filepath.Join(t.TempDir(), "gone"): false} {
		if got := isMountPoint(path); got != want {
			t.Errorf("%s: got %t", path, got)
		}
	}
}

// Someone else's file can change later.
func TestDownload_replacesFileOfOther(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" || os.Geteuid() != 0 {
		t.Skip("only root of Linux gives files away")
	}
	d := newDownloader(t, 1000)
	d.write(t, d.content)
	if err := os.Chown(d.Path, 1000, 1000); err != nil {
		t.Skip(err)
	}
	if downloaded, err := d.run(t, t.Context()); !downloaded || err != nil {
		t.Errorf("got %t, %v", downloaded, err)
	}
}

// Someone who can write to the folder exchanges what was verified, or the folder.
func TestDownload_noticesExchange(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("Windows does not rename what is open")
	}
	elsewhere := t.TempDir()
	for name, exchange := range map[string]func(d *downloader) error{
		"temporary file": func(d *downloader) error {
			parts, err := filepath.Glob(filepath.Join(filepath.Dir(d.Path), ".rebilly-*"))
			if err != nil || len(parts) != 1 {
				return fmt.Errorf("got %s, %w", parts, err)
			}

			return errors.Join(os.Remove(parts[0]), os.WriteFile(parts[0], []byte("other"), 0o600))
		},
		"folder": func(d *downloader) error {
			return errors.Join(os.Rename(filepath.Dir(d.Path), filepath.Dir(d.Path)+" old"), os.Symlink(elsewhere, filepath.Dir(d.Path)))
		},
	} {
		d := newDownloader(t, 1000)
		d.Path = filepath.Join(filepath.Dir(d.Path), "folder", "export.zip")
		exchanged := sync.OnceValue(func() error { return exchange(d) })
		d.Progress = func(int64) {
			if err := exchanged(); err != nil {
				t.Error(err)
			}
		}
		_, err := d.Client.Download(t.Context(), d.Download)
		if _, isPathError := errors.AsType[*fs.PathError](err); !isPathError || !strings.Contains(err.Error(), "do not use what is there") {
			t.Errorf("%s: got %v", name, err)
		}
		for _, folder := range []string{elsewhere, filepath.Dir(d.Path), filepath.Dir(d.Path) + " old"} {
			if found, _ := os.ReadDir(folder); len(found) > 0 {
				t.Errorf("%s: %s has %v", name, folder, found)
			}
		}
	}
}

func TestDownload_warnsAboutFolder(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no such modes")
	}
	for mode, warnings := range map[fs.FileMode]int{0o700: 0, 0o775: 0, 0o777: 1, 0o777 | fs.ModeSticky: 0} {
		d := newDownloader(t, 1000)
		d.Path = filepath.Join(filepath.Dir(d.Path), "folder", "export.zip")
		if err := errors.Join(os.Mkdir(filepath.Dir(d.Path), 0o700), os.Chmod(filepath.Dir(d.Path), mode)); err != nil {
			t.Fatal(err)
		}
		var got []string
		d.Warn = func(text string) { got = append(got, text) }
		if _, err := d.run(t, t.Context()); err != nil || len(got) != warnings {
			t.Errorf("%s: got %v and the warnings %q", mode, err, got)
		}
	}
}
