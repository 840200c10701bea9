package rebilly

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// unsyncable is a file on a disk that reports errors late.
type unsyncable struct {
	*os.File

	syncs int
}

func (f *unsyncable) Sync() error {
	f.syncs++

	return errors.New("input/output error")
}

// A disk may report that it lost a block only when the file is synced.
func TestHashedFile_syncErrors(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		interval int
		atWrite  bool
	}{
		"in the middle": {10, true},
		"at the end":    {1000, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			temporary, err := os.Create(filepath.Join(t.TempDir(), "x"))
			if err != nil {
				t.Fatal(err)
			}
			disk := &unsyncable{File: temporary}
			file := newHashedFile(disk)
			file.syncInterval = test.interval
			err = errors.Join(file.write(make([]byte, 10)), file.write(make([]byte, 10)))
			if failed := err != nil; failed != test.atWrite {
				t.Errorf("the second write returned %v", err)
			}
			if err := file.sync(); err == nil || !strings.Contains(err.Error(), "writing the file: input/output error") {
				t.Errorf("sync returned %v", err)
			}
			if disk.syncs == 0 {
				t.Error("nothing was synced")
			}
			file.discard()
			if _, err := os.Stat(temporary.Name()); !errors.Is(err, os.ErrNotExist) {
				t.Errorf("the file is still there: %v", err)
			}
		})
	}
}
