package rebilly

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// unsyncable is a file on a disk that reports an error late, and once.
type unsyncable struct {
	*os.File

	syncs int
}

func (f *unsyncable) Sync() error {
	f.syncs++
	if f.syncs > 1 {
		return nil
	}

	return errors.New("input/output error")
}

// A disk may report that it lost a block only when the file is synced. Linux
// reports it to one sync.
func TestHashedFile_syncErrors(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		interval int
		atWrite  bool
	}{
		"in the middle":  {1, true},
		"before the end": {2, false},
		"at the end":     {1000, false},
	} {
		temporary, err := os.Create(filepath.Join(t.TempDir(), "x"))
		if err != nil {
			t.Fatal(err)
		}
		file := newHashedFile(&unsyncable{File: temporary})
		file.syncInterval = test.interval
		err = errors.Join(file.write(make([]byte, 10)), file.write(make([]byte, 10)))
		if failed := err != nil; failed != test.atWrite {
			t.Errorf("%s: the second write returned %v", name, err)
		}
		if err := file.sync(); err == nil || !strings.Contains(err.Error(), "writing the file: input/output error") {
			t.Errorf("%s: sync returned %v", name, err)
		}
		_ = temporary.Close()
	}
}
