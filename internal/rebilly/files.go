package rebilly

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strings"
)

// File is the record of a file, by which a download is verified.
type File struct {
	ID string
	// Size is in bytes, and not negative.
	Size int64
	// SHA1 is the SHA-1 of the content, in lower-case hexadecimal digits.
	SHA1 string
}

var sha1Pattern = regexp.MustCompile(`^[0-9A-Fa-f]{40}$`)

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
	if err := c.retry(ctx, request); err != nil {
		return nil, err
	}
	var record struct {
		ID   string   `json:"id"`
		Size *Integer `json:"size"`
		SHA1 string   `json:"sha1"`
	}
	if err := c.decode(request.response, '{', &record); err != nil {
		return nil, err
	}
	switch {
	case record.ID != id:
		return nil, c.invalid(fmt.Errorf("it must be the file %q and is the file %q", id, record.ID))
	case record.Size == nil || *record.Size < 0:
		return nil, c.invalid(errors.New(`its field "size" is missing or is not a number of bytes`))
	case !sha1Pattern.MatchString(record.SHA1):
		return nil, c.invalid(errors.New(`its field "sha1" is missing or is not a SHA-1`))
	}

	return &File{ID: id, Size: int64(*record.Size), SHA1: strings.ToLower(record.SHA1)}, nil
}
