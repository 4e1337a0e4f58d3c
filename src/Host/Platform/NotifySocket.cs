using System.Net.Sockets;
using System.Text;

namespace Pipeline.Host.Platform;

/// <summary>The datagram socket on which a service manager listens to its service.</summary>
/// <remarks>
/// One datagram for each message, of lines <c>NAME=value</c>. Never waits: a manager that does not read, or is gone, must not
/// hold up the service. For one thread at a time.
/// </remarks>
internal sealed class NotifySocket : IDisposable
{
    private readonly Socket _socket;
    private readonly UnixDomainSocketEndPoint _manager;

    private NotifySocket(UnixDomainSocketEndPoint manager)
    {
        _manager = manager;
        _socket = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified) { Blocking = false };
    }

    /// <summary>The socket of an address as in <c>NOTIFY_SOCKET</c>: a path, or an abstract name after <c>@</c>; null where it is neither.</summary>
    public static NotifySocket? Open(string? address)
    {
        if (string.IsNullOrEmpty(address) || OperatingSystem.IsWindows())
        {
            return null;
        }

        bool isAbstract = address[0] == '@' && address.Length > 1;
        if (!isAbstract && !Path.IsPathFullyQualified(address))
        {
            return null;
        }

        // A name that is too long for the system is the same as none.
        try
        {
            return new NotifySocket(new UnixDomainSocketEndPoint(isAbstract ? "\0" + address[1..] : address));
        }
        catch (ArgumentException)
        {
            return null;
        }
    }

    /// <summary>Sends one message; false where the manager did not take it.</summary>
    public bool Send(string message)
    {
        // Safe: the service goes on all the same, and the next message tries again.
        try
        {
            _socket.SendTo(Encoding.UTF8.GetBytes(message), _manager);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _socket.Dispose();
}
