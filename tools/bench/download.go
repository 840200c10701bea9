package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebilly"
	"github.com/rebilly/terraform-provider-rebilly/internal/rebillytest"
)

// The downloads that this provider's client is compared with. The second one does
// what the client does.
const (
	curl         = "curl"
	verifiedCurl = "curl, sha1sum, and sync"
)

type downloader struct {
	name string
	// folder has the program "real" and its wrapper.
	folder    string
	arguments []string
}

// measureDownloads downloads a file with this provider's client and with curl. They
// take turns.
func (r *record) measureDownloads(ctx context.Context, o options) error {
	fake := rebillytest.New()
	fake.Add(rebillytest.DefaultOrganization, rebillytest.Completed(rebillytest.ExportID, rebillytest.Created))
	fake.SetFileSize(r.Download)
	// The fake's file host computes the content in each response, on the processors
	// that the downloads need. To send a file takes little processor time.
	source := filepath.Join(o.work, "source.zip")
	api := httptest.NewServer(fake)
	defer api.Close()
	files := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { http.ServeFile(w, r, source) }))
	defer files.Close()
	fake.SetFilesURL(files.URL)

	client, err := rebilly.NewClient(rebilly.Config{BaseURL: api.URL, Credential: rebilly.SecretKey(rebillytest.SecretKey)})
	if err != nil {
		return err
	}
	export, err := client.GetOrganizationExport(ctx, "", rebillytest.ExportID)
	if err != nil {
		return err
	}
	// The fake computes the hash once, which is not part of a download.
	fake.FileSHA1(*export.FileID)

	if err := writeSource(source, fake.FileContent(*export.FileID)); err != nil {
		return err
	}

	target := filepath.Join(o.work, "download.zip")
	downloaders, err := r.newDownloaders(ctx, o, api.URL, *export.SignedLink(), target)
	if err != nil {
		return err
	}
	for range r.Runs {
		for _, d := range downloaders {
			run, err := d.run(ctx, target, r.Download)
			if err != nil {
				return fmt.Errorf("downloading with %s: %w", d.name, err)
			}
			log.Printf("download, %s: %.2f s", d.name, run[wall])
			r.add(d.name, download, 0, run)
		}
	}

	return nil
}

// writeSource writes the file to download.
func writeSource(path string, content io.Reader) (err error) {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	defer func() { err = cmp.Or(err, file.Close()) }()
	if _, err := io.Copy(file, content); err != nil {
		return err
	}

	// Otherwise, the disk would be busy with it during the first downloads.
	return file.Sync()
}

// newDownloaders builds this provider's program and finds the others, which it
// adds to the record.
func (r *record) newDownloaders(ctx context.Context, o options, api, link, target string) ([]downloader, error) {
	ourFolder := filepath.Join(o.work, "download")
	if err := build(ctx, benchFolder(o), "./download", filepath.Join(ourFolder, "real")); err != nil {
		return nil, err
	}
	downloaders := []downloader{{ours, ourFolder, []string{api, rebillytest.ExportID, target}}}
	for _, d := range []struct {
		downloader

		// programs must be on PATH. The last one is run.
		programs []string
	}{
		{downloader{curl, filepath.Join(o.work, "curl"), []string{"-fsS", "-o", target, link}}, []string{"curl"}},
		{downloader{verifiedCurl, filepath.Join(o.work, "verified-curl"), []string{
			"-c", `curl -fsS -o "$1" "$2" && sha1sum "$1" && sync "$1"`, "sh", target, link,
		}}, []string{"curl", "sha1sum", "sync", "sh"}},
	} {
		description := contenderRecord{Name: d.name}
		var path string
		for _, program := range d.programs {
			var err error
			if path, err = exec.LookPath(program); err != nil {
				description.NotMeasured = program + " is not on PATH"

				break
			}
		}
		r.Contenders = append(r.Contenders, description)
		if description.NotMeasured != "" {
			continue
		}
		if err := linkProgram(path, d.folder); err != nil {
			return nil, err
		}
		downloaders = append(downloaders, d.downloader)
	}
	for _, d := range downloaders {
		if err := buildWrapper(ctx, o, filepath.Join(d.folder, "wrapper")); err != nil {
			return nil, err
		}
	}

	return downloaders, nil
}

// run downloads a file of the given size to target, measures it, and removes the
// file.
func (d downloader) run(ctx context.Context, target string, size int64) (values, error) {
	command := exec.CommandContext(ctx, filepath.Join(d.folder, "wrapper"), d.arguments...)
	command.Env = append(os.Environ(), "REBILLY_API_KEY="+rebillytest.SecretKey)
	elapsed, err := timed(command)
	if err != nil {
		return nil, err
	}
	used, err := takeUsage(d.folder)
	if err != nil {
		return nil, err
	}
	file, err := os.Stat(target)
	if err != nil {
		return nil, err
	}
	if file.Size() != size {
		return nil, errors.New("the file has another size")
	}

	return values{wall: elapsed, cpu: used.CPU, peak: used.Peak}, os.Remove(target)
}
