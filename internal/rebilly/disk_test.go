package rebilly

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// The content can be there with the mode of another program.
func TestDownload_sameContentGetsTheMode(t *testing.T) {
	t.Parallel()
	d := newDownloader(t, 1000)
	if err := os.WriteFile(d.Path, d.content, 0o644); err != nil { //nolint:gosec // That others can read it is the point.
		t.Fatal(err)
	}
	if downloaded, err := d.run(t, t.Context()); downloaded || err != nil {
		t.Fatalf("got %t, %v", downloaded, err)
	}
	info, err := os.Stat(d.Path)
	if err != nil {
		t.Fatal(err)
	}
	if runtime.GOOS != "windows" && info.Mode() != 0o600 {
		t.Errorf("the mode is %s", info.Mode())
	}
}

func TestDownload_refusesATooSmallDisk(t *testing.T) {
	t.Parallel()
	if _, known := freeSpace(t.TempDir()); !known {
		t.Skip("nobody knows how much space is left")
	}
	d := newDownloader(t, 1000)
	*d.File.Size = 1 << 62
	_, err := d.run(t, t.Context())
	if _, isPathError := errors.AsType[*fs.PathError](err); !isPathError || !strings.Contains(err.Error(), "bytes left") {
		t.Errorf("got %v", err)
	}
	if sent := d.api.FileRequests(); len(sent) > 0 || d.links > 0 {
		t.Errorf("%d requests were sent, with %d links", len(sent), d.links)
	}
}

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
