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
	t.Setenv(mirrorVariable, mirror)
	p := peers[0]
	folder := filepath.Join(mirror, "registry.terraform.io", p.source, p.version, runtime.GOOS+"_"+runtime.GOARCH)
	program := "terraform-provider-" + filepath.Base(p.source) + "_v" + p.version
	if err := writeFiles(folder, map[string]string{program: p.source}); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(filepath.Join(folder, program), 0o700); err != nil {
		t.Fatal(err)
	}

	contenders, err := newPeers(t.Context(), options{work: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	if content, err := os.ReadFile(contenders[0].binary()); err != nil || string(content) != p.source {
		t.Errorf("got the program %q (%v), and the reason %q", content, err, contenders[0].skipReason)
	}
	if reason := contenders[1].skipReason; reason != "the CLI did not find it in the mirror" {
		t.Errorf("the peer that is not in the mirror has the reason %q", reason)
	}
}
