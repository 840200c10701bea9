package rebillytest

import (
	"crypto/rand"
	"crypto/sha1" //nolint:gosec // The API has no other hash.
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash/maphash"
	"io"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"sync"
)

// defaultFilesURL is where signed links lead before SetFilesURL.
const defaultFilesURL = "https://files.example.com"

// files is the part of the fake that has the files of exports. API.mu guards
// its fields.
type files struct {
	url string
	// size is the size of every file; negative for sizes that derive from IDs.
	size int64
	// seed and generation make the signatures of links.
	seed       maphash.Seed
	generation int
	// hashes has the SHA-1 of contents, which take time to compute.
	hashes map[fileContent]func() string

	faults   []FileFault
	always   FileFault
	requests []Request
}

func newFiles() files {
	return files{url: defaultFilesURL, size: -1, seed: maphash.MakeSeed(), hashes: map[fileContent]func() string{}}
}

// SetFileSize sets the size of all files, in bytes. The default is 64 to 128
// KiB, and differs between files. The fake computes the content when it is read,
// so a large file needs no memory.
func (a *API) SetFileSize(size int64) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.files.size = size
}

// SetFilesURL sets the base URL of the signed links, at which Files must be
// served. The default is https://files.example.com.
func (a *API) SetFilesURL(base string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.files.url = strings.TrimSuffix(base, "/")
}

// ExpireLinks makes the file host refuse all signed links that the fake returned
// so far.
func (a *API) ExpireLinks() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.files.generation++
}

// FileContent returns the content of the file with the given ID.
func (a *API) FileContent(fileID string) *io.SectionReader {
	a.mu.Lock()
	defer a.mu.Unlock()
	content := a.content(fileID)

	return io.NewSectionReader(content, 0, content.size)
}

// FileSHA1 returns the SHA-1 of the file with the given ID, in hexadecimal.
func (a *API) FileSHA1(fileID string) string {
	a.mu.Lock()
	content := a.content(fileID)
	sum, ok := a.files.hashes[content]
	if !ok {
		sum = sync.OnceValue(content.sha1)
		a.files.hashes[content] = sum
	}
	a.mu.Unlock()

	return sum()
}

// getFile implements the operation GetFile. Completed exports have a file.
func (a *API) getFile(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("id")
	export, ok := a.exportOfFile(organizationOf(r), id)
	if !ok {
		writeProblem(w, http.StatusNotFound, "Not Found", "There is no file "+id+" in this organization.")

		return
	}
	writeJSON(w, http.StatusOK, map[string]any{
		"id":          id,
		"name":        export.text("id") + ".zip",
		"extension":   "zip",
		"description": "",
		"tags":        []any{},
		"mime":        "application/zip",
		"size":        a.FileContent(id).Size(),
		"sha1":        a.FileSHA1(id),
		"width":       nil,
		"height":      nil,
		"exifData":    nil,
		"isPublic":    false,
		"sourceType":  "organization-export",
		"createdTime": export["updatedTime"],
		"updatedTime": export["updatedTime"],
		"_links":      []any{link("self", "https://api.rebilly.com/files/"+id)},
	})
}

// exportOfFile returns the completed export of an organization that has the file
// with the given ID.
func (a *API) exportOfFile(organization, fileID string) (Export, bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, record := range a.exports[organization] {
		record.pass(a.now())
		if record.export.text("fileId") == fileID && record.export.text("status") == StatusCompleted {
			return maps.Clone(record.export), true
		}
	}

	return nil, false
}

// signedLink returns a new signed link to a file. The signature depends on the
// path, and is valid until ExpireLinks.
func (a *API) signedLink(fileID string) string {
	const name = "/export.zip"
	nonce := rand.Text()

	return a.files.url + "/" + url.PathEscape(fileID) + name + "?signature=" + SignedLinkSecret + "-" + nonce + a.sign("/"+fileID+name, nonce)
}

func (a *API) sign(path, nonce string) string {
	return fmt.Sprintf("%016X", maphash.Comparable(a.files.seed, [3]any{path, nonce, a.files.generation}))
}

// signed reports whether a request for a file has a signature that the fake
// issued and that is still valid.
func (a *API) signed(r *http.Request) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	text, ok := strings.CutPrefix(r.URL.Query().Get("signature"), SignedLinkSecret+"-")
	length := len(text) - len(a.sign("", ""))

	return ok && length > 0 && text[length:] == a.sign(r.URL.Path, text[:length])
}

// content returns the content of the file with the given ID.
func (a *API) content(fileID string) fileContent {
	hash := sha256.Sum256([]byte(fileID))
	size := a.files.size
	if size < 0 {
		size = 64<<10 + int64(binary.BigEndian.Uint16(hash[8:]))
	}

	return fileContent{seed: binary.BigEndian.Uint64(hash[:]), size: size}
}

// fileContent is pseudo-random content, which is the same for the same seed. It
// implements io.ReaderAt without an end.
type fileContent struct {
	seed uint64
	size int64
}

// word is the number of bytes that are computed together.
const word = 8

func (c fileContent) ReadAt(data []byte, offset int64) (int, error) {
	count := len(data)
	index, skip := uint64(offset)/word, int(offset%word) //nolint:gosec // Offsets are not negative.
	var buffer [word]byte
	if skip > 0 {
		binary.LittleEndian.PutUint64(buffer[:], mix(c.seed, index))
		data = data[copy(data, buffer[skip:]):]
		index++
	}
	for ; len(data) >= word; index++ {
		binary.LittleEndian.PutUint64(data, mix(c.seed, index))
		data = data[word:]
	}
	binary.LittleEndian.PutUint64(buffer[:], mix(c.seed, index))
	copy(data, buffer[:])

	return count, nil
}

// mix returns element index of the SplitMix64 sequence for seed.
func mix(seed, index uint64) uint64 {
	value := seed + index*0x9e3779b97f4a7c15
	value = (value ^ value>>30) * 0xbf58476d1ce4e5b9
	value = (value ^ value>>27) * 0x94d049bb133111eb

	return value ^ value>>31
}

func (c fileContent) sha1() string {
	sum := sha1.New() //nolint:gosec // The API has no other hash.
	_, _ = io.Copy(sum, io.NewSectionReader(c, 0, c.size))

	return hex.EncodeToString(sum.Sum(nil))
}
