package rebilly

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"regexp"
)

// File is the record of a file.
type File struct {
	// ID is never empty.
	ID string `json:"id"`
	// Size is in bytes. It is not nil, and not negative.
	Size *int64 `json:"size"`
	// SHA1 is the SHA-1 of the content, in hexadecimal. It is not nil.
	SHA1 *string `json:"sha1"`
}

var sha1Pattern = regexp.MustCompile(`^[0-9A-Fa-f]{40}$`)

// validate returns an error if the record cannot verify a download.
func (f *File) validate() error {
	switch {
	case f.Size == nil || *f.Size < 0:
		return errors.New(`its field "size" is missing or is not a number of bytes`)
	case f.SHA1 == nil || !sha1Pattern.MatchString(*f.SHA1):
		return errors.New(`its field "sha1" is missing or is not a SHA-1`)
	}

	return nil
}

// GetFile returns the record of a file (operation GetFile: GET /files/{id}). An
// empty organizationID means the credential's default organization. The record can
// appear later than the export is completed, so a 404 of the API is retried, like a
// 503. The errors are those of GetOrganizationExport.
func (c *Client) GetFile(ctx context.Context, organizationID, id string) (*File, error) {
	if err := ValidateID(id); err != nil {
		// It comes from a response, too.
		return nil, c.invalid(fmt.Errorf("the ID of a file cannot be part of a path: %w", err))
	}
	target, err := c.resourceURL(organizationID, "files", id)
	if err != nil {
		return nil, err
	}
	request := &call{client: c, method: http.MethodGet, target: target, awaitsResource: true}
	received, err := request.run(ctx)
	if err != nil {
		return nil, err
	}
	file := new(File)
	if err := c.decode(received, '{', file); err != nil {
		return nil, err
	}
	if err := validateText("id", &file.ID); err != nil {
		return nil, c.invalid(err)
	}
	if file.ID != id {
		return nil, c.invalid(fmt.Errorf("it must be the file %q and is the file %q", id, file.ID))
	}
	if err := file.validate(); err != nil {
		return nil, c.invalid(err)
	}

	return file, nil
}
