package main

import (
	"context"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebilly"
	"github.com/rebilly/terraform-provider-rebilly/internal/rebillytest"
)

// measureDownloads downloads a file with this provider's client and with curl. They
// take turns. The action that downloads needs Terraform 1.14.
func (r *results) measureDownloads(ctx context.Context, o options) error {
	fake := rebillytest.New()
	fake.Add(rebillytest.DefaultOrganization, rebillytest.Completed(rebillytest.ExportID, rebillytest.Created))
	fake.SetFileSize(o.download * 1e6)
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
	file, err := client.GetFile(ctx, "", *export.FileID)
	if err != nil {
		return err
	}
	if err := writeSource(source, fake.FileContent(*export.FileID)); err != nil {
		return err
	}

	signed, err := client.SignedLink(export)
	if err != nil {
		return err
	}
	link, target := *signed, filepath.Join(o.work, "download.zip")
	downloads := map[string]func() error{
		ours: func() error {
			_, err := client.Download(ctx, rebilly.Download{File: file, Path: target, Link: func(context.Context) (string, error) { return link, nil }})

			return err
		},
		curl: func() error { return exec.CommandContext(ctx, "curl", "-fsS", "-o", target, link).Run() },
	}
	for range o.runs {
		for _, name := range []string{ours, curl} {
			begin := time.Now()
			if err := downloads[name](); err != nil {
				return fmt.Errorf("downloading with %s: %w", name, err)
			}
			elapsed := time.Since(begin).Seconds()
			if written, err := os.Stat(target); err != nil || written.Size() != o.download*1e6 {
				return fmt.Errorf("%s downloaded another file: %w", name, err)
			}
			log.Printf("download, %s: %.2f s", name, elapsed)
			r.add(download, name, values{wall: elapsed})
			if err := os.Remove(target); err != nil {
				return err
			}
		}
	}

	return nil
}

// writeSource writes the file to download.
func writeSource(path string, content io.Reader) error {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }()
	if _, err := io.Copy(file, content); err != nil {
		return err
	}

	// Otherwise, the disk would be busy with it during the first downloads.
	return file.Sync()
}
