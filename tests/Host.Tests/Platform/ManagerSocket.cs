using System.Net.Sockets;
using System.Text;

namespace Pipeline.Host.Tests.Platform;

/// <summary>A service manager's end of the notification socket, at a path or under an abstract name.</summary>
internal sealed class ManagerSocket : IDisposable
{
    private readonly Socket _socket = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
    private readonly List<string> _lines = [];

    public ManagerSocket(string address)
    {
        Address = address;
        _socket.Bind(new UnixDomainSocketEndPoint(address[0] == '@' ? "\0" + address[1..] : address));
    }

    /// <summary>What goes into <c>NOTIFY_SOCKET</c>.</summary>
    public string Address { get; }

    /// <summary>All lines that have come, in order.</summary>
    public IReadOnlyList<string> Lines => _lines;

    /// <summary>Takes messages until one has the wanted line.</summary>
    public async Task<string> WaitForAsync(Func<string, bool> wanted, TimeSpan patience)
    {
        using var end = new CancellationTokenSource(patience);
        byte[] buffer = new byte[4096];
        while (true)
        {
            int length = await _socket.ReceiveAsync(buffer, end.Token);
            string[] lines = Encoding.UTF8.GetString(buffer, 0, length).Split('\n');
            _lines.AddRange(lines);
            if (lines.FirstOrDefault(wanted) is { } found)
            {
                return found;
            }
        }
    }

    /// <summary>Takes all that has come so far, without waiting.</summary>
    public void TakeAll()
    {
        byte[] buffer = new byte[4096];
        while (_socket.Available > 0)
        {
            int length = _socket.Receive(buffer);
            _lines.AddRange(Encoding.UTF8.GetString(buffer, 0, length).Split('\n'));
        }
    }

    public void Dispose()
    {
        _socket.Dispose();
        if (Address[0] != '@')
        {
            File.Delete(Address);
        }
    }
}

/// <summary>A fact that listens as a service manager of Linux does.</summary>
internal sealed class LinuxFactAttribute : Xunit.FactAttribute
{
    public LinuxFactAttribute()
    {
        if (!OperatingSystem.IsLinux())
        {
            Skip = "Datagram sockets with paths and abstract names are those of Linux.";
        }
    }
}
