package main

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

func TestNewPeers_findsProgramsInAMirror(t *testing.T) {
	if os.Getenv("TF_ACC_TERRAFORM_PATH") == "" {
		t.Skip("set TF_ACC_TERRAFORM_PATH to a CLI, as make test-tools does")
	}
	mirror := t.TempDir()
	t.Setenv("PEERS_MIRROR", mirror)
	p := peers[0]
	folder := filepath.Join(mirror, "registry.terraform.io", p.source, p.version, runtime.GOOS+"_"+runtime.GOARCH)
	program := "terraform-provider-" + filepath.Base(p.source) + "_v" + p.version
	if err := writeFiles(folder, map[string]string{program: p.source}); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(filepath.Join(folder, program), 0o700); err != nil {
		t.Fatal(err)
	}

	contenders, missing, err := newPeers(t.Context(), options{work: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	if len(contenders) != 1 || len(missing) != len(peers)-1 {
		t.Fatalf("got %d peers, and %v are missing", len(contenders), missing)
	}
	if content, err := os.ReadFile(contenders[0].binary()); err != nil || string(content) != p.source {
		t.Errorf("got the program %q (%v)", content, err)
	}
}
