// Command download downloads the file of an export with the provider's client:
// download BASE_URL EXPORT_ID PATH. The credential is in REBILLY_API_KEY. The action
// that does this needs Terraform 1.14.
package main

import (
	"context"
	"errors"
	"log"
	"os"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebilly"
)

func main() {
	log.SetFlags(0)
	if len(os.Args) != 4 {
		log.Fatal("usage: download BASE_URL EXPORT_ID PATH")
	}
	if err := download(context.Background(), os.Args[1], os.Args[2], os.Args[3]); err != nil {
		log.Fatal(err)
	}
}

func download(ctx context.Context, baseURL, exportID, path string) error {
	client, err := rebilly.NewClient(rebilly.Config{BaseURL: baseURL, Credential: rebilly.SecretKey(os.Getenv("REBILLY_API_KEY"))})
	if err != nil {
		return err
	}
	export, err := client.GetOrganizationExport(ctx, "", exportID)
	if err != nil {
		return err
	}
	link := export.SignedLink()
	if export.FileID == nil || link == nil {
		return errors.New("the export has no file")
	}
	file, err := client.GetFile(ctx, "", *export.FileID)
	if err != nil {
		return err
	}
	_, err = client.Download(ctx, rebilly.Download{
		File: file,
		Path: path,
		Link: func(context.Context) (string, error) { return *link, nil },
	})

	return err
}
