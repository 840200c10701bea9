package main

import (
	"archive/zip"
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

func TestNewPeers_findsProgramsInBothLayoutsOfAMirror(t *testing.T) {
	if os.Getenv("TF_ACC_TERRAFORM_PATH") == "" {
		t.Skip("set TF_ACC_TERRAFORM_PATH to a CLI, as make test-tools does")
	}
	mirror := t.TempDir()
	t.Setenv(mirrorVariable, mirror)
	platform := runtime.GOOS + "_" + runtime.GOARCH
	built, mirrored, missing := peers[0], peers[1], peers[2]
	folder := func(p peer) string { return filepath.Join(mirror, "registry.terraform.io", strings.ToLower(p.source)) }
	program := func(p peer) string { return "terraform-provider-" + filepath.Base(p.source) + "_v" + p.version }
	archive := new(bytes.Buffer)
	files := zip.NewWriter(archive)
	entry, err := files.Create(program(mirrored))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := entry.Write([]byte(mirrored.source)); err != nil {
		t.Fatal(err)
	}
	if err := files.Close(); err != nil {
		t.Fatal(err)
	}
	for path, content := range map[string]string{
		filepath.Join(folder(built), built.version, platform, program(built)):                                                          built.source,
		filepath.Join(folder(mirrored), "terraform-provider-"+filepath.Base(mirrored.source)+"_"+mirrored.version+"_"+platform+".zip"): archive.String(),
	} {
		if err := writeFiles(filepath.Dir(path), map[string]string{filepath.Base(path): content}); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, 0o700); err != nil {
			t.Fatal(err)
		}
	}

	contenders, err := newPeers(t.Context(), options{work: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	for i, found := range []peer{built, mirrored} {
		content, err := os.ReadFile(contenders[i].binary())
		if contenders[i].skipReason != "" || err != nil || string(content) != found.source {
			t.Errorf("%s: got the program %q (%v), and the reason %q", found.source, content, err, contenders[i].skipReason)
		}
	}
	if reason := contenders[2].skipReason; reason != "the CLI did not find it in the mirror" {
		t.Errorf("%s is not in the mirror, and has the reason %q", missing.source, reason)
	}
}

func TestPackageComment_hasTheVersionsOfThePeers(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("bench.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range peers {
		if want := fmt.Sprintf("source = %q, version = %q", p.source, p.version); !strings.Contains(string(text), want) {
			t.Errorf("the package comment lacks %s", want)
		}
	}
}
