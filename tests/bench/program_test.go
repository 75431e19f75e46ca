package bench

import (
	"bufio"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// patience is how long starting and stopping may take on a busy machine.
const patience = 30 * time.Second

// program is a running `usher serve`.
type program struct {
	url, metrics string
	env          []string
	path         string
	log          string
	command      *exec.Cmd
}

// serve starts the program on a database. It ends with the benchmark, whose
// log is then searched for failures.
func serve(b *testing.B, database string) *program {
	b.Helper()
	path, err := binary()
	if err != nil {
		b.Fatal(err)
	}
	listen, metrics := freeAddress(b), freeAddress(b)
	p := &program{
		path: path, url: "http://" + listen, metrics: "http://" + metrics,
		log: filepath.Join(b.TempDir(), "log"),
		env: append(os.Environ(),
			"USHER_LISTEN="+listen, "USHER_PUBLIC_URL=http://"+listen, "USHER_METRICS_LISTEN="+metrics,
			"USHER_DATABASE_URL="+database, "USHER_ALLOW_PRIVATE_NETWORKS=true",
			"USHER_SECRET_KEY="+base64.StdEncoding.EncodeToString(make([]byte, 32))),
	}
	log, err := os.Create(p.log)
	if err != nil {
		b.Fatalf("make log: %v", err)
	}
	p.command = exec.Command(path, "serve")
	p.command.Env, p.command.Stdout, p.command.Stderr = p.env, log, log
	if err := p.command.Start(); err != nil {
		b.Fatalf("start usher: %v", err)
	}
	b.Cleanup(func() {
		p.stop(b)
		_ = log.Close() // the program wrote it
	})
	p.await(b)
	return p
}

func freeAddress(b *testing.B) string {
	b.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatalf("find a free port: %v", err)
	}
	defer func() { _ = l.Close() }() // nothing was written
	return l.Addr().String()
}

func (p *program) await(b *testing.B) {
	b.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		response, err := http.Get(p.url + "/readyz")
		if err != nil {
			continue
		}
		_ = response.Body.Close() // nothing is read
		if response.StatusCode == http.StatusOK {
			return
		}
	}
	b.Fatalf("usher is not ready after %s:\n%s", patience, p.logged(b))
}

func (p *program) logged(b *testing.B) string {
	b.Helper()
	text, err := os.ReadFile(p.log)
	if err != nil {
		b.Fatalf("read log: %v", err)
	}
	return string(text)
}

func (p *program) stop(b *testing.B) {
	b.Helper()
	_ = p.command.Process.Signal(os.Interrupt) // it may have ended already
	if err := p.command.Wait(); err != nil {
		b.Errorf("usher ended: %v", err)
	}
	for line := range strings.SplitSeq(p.logged(b), "\n") {
		if strings.Contains(line, `"level":"ERROR"`) || strings.Contains(line, "panic") {
			b.Errorf("the log has a failure: %s", line)
		}
	}
}

// usher runs another command of the program on the same database.
func (p *program) usher(b *testing.B, args ...string) {
	b.Helper()
	command := exec.Command(p.path, args...)
	command.Env = p.env
	if out, err := command.CombinedOutput(); err != nil {
		b.Fatalf("usher %s: %v\n%s", strings.Join(args, " "), err, out)
	}
}

// ticksPerSecond is the unit of /proc/PID/stat on every Linux that Go runs on.
const ticksPerSecond = 100

// cpu is the processor time that the program has used, user and system.
func (p *program) cpu(b *testing.B) time.Duration {
	b.Helper()
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.command.Process.Pid))
	if err != nil {
		b.Skipf("processor time is read from Linux's /proc: %v", err)
	}
	// The second field, the name, may hold spaces; utime and stime are the 14th
	// and 15th of all.
	_, rest, _ := strings.Cut(string(stat), ") ")
	fields := strings.Fields(rest)
	return time.Duration(number(b, fields[11])+number(b, fields[12])) * time.Second / ticksPerSecond
}

// rss is the memory of the program in megabytes.
func (p *program) rss(b *testing.B) float64 {
	b.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.command.Process.Pid))
	if err != nil {
		b.Skipf("memory is read from Linux's /proc: %v", err)
	}
	_, rest, _ := strings.Cut(string(status), "VmRSS:")
	return number(b, strings.Fields(rest)[0]) / 1024
}

// metric reads one number of the program's metrics.
func (p *program) metric(b *testing.B, name string) float64 {
	b.Helper()
	response, err := http.Get(p.metrics)
	if err != nil {
		b.Fatalf("read metrics: %v", err)
	}
	defer func() { _ = response.Body.Close() }() // read to its end
	found := 0.0
	for lines := bufio.NewScanner(response.Body); lines.Scan(); {
		if value, ok := strings.CutPrefix(lines.Text(), name+" "); ok {
			found = number(b, value)
		}
	}
	_, _ = io.Copy(io.Discard, response.Body) // what a long line left over
	return found
}

func (p *program) allocations(b *testing.B) float64 {
	b.Helper()
	return p.metric(b, "go_memstats_mallocs_total")
}

func number(b *testing.B, text string) float64 {
	b.Helper()
	n, err := strconv.ParseFloat(text, 64)
	if err != nil {
		b.Fatalf("%q is no number: %v", text, err)
	}
	return n
}
