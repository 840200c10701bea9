package rebilly

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// A container mounts single files. Nothing can be renamed to one.
func TestDownload_refusesMountedFile(t *testing.T) {
	t.Parallel()
	d := newDownloader(t, 1000)
	d.write(t, []byte("other"))
	source := filepath.Join(t.TempDir(), "source")
	if err := os.WriteFile(source, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mount(source, d.Path, "", syscall.MS_BIND, ""); err != nil {
		t.Skipf("only root mounts: %v", err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(d.Path, 0) })
	if _, err := d.Client.Download(t.Context(), d.Download); err == nil || !strings.Contains(err.Error(), "mount its folder instead") {
		t.Errorf("got %v", err)
	}
	if sent := len(d.api.FileRequests()); sent > 0 {
		t.Errorf("%d requests were sent", sent)
	}
}
