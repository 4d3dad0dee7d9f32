// SPDX-License-Identifier: Apache-2.0
package io.fuselet.broker;

/** A request that failed, as its answer says it. */
public final class RpcException extends Exception {
    private static final long serialVersionUID = 1L;

    /** Codes of JSON-RPC 2.0. */
    public static final int PARSE_ERROR = -32700;
    public static final int INVALID_REQUEST = -32600;
    public static final int METHOD_NOT_FOUND = -32601;
    public static final int INVALID_PARAMS = -32602;
    public static final int INTERNAL_ERROR = -32603;

    /** The peer may not do this. */
    public static final int NOT_PERMITTED = -32001;
    /** The kernel said no; the message has its reason. */
    public static final int REFUSED = -32002;
    /** There is no such attachment, or it is somebody else's. */
    public static final int NOT_FOUND = -32003;
    /** A limit of {@link Limits} or {@link Quota} is reached. */
    public static final int TOO_MANY = -32004;
    /** This machine cannot do it. */
    public static final int UNAVAILABLE = -32005;

    private final int code;

    public RpcException(int code, String message) {
        super(message, null, false, false);
        this.code = code;
    }

    public int code() {
        return code;
    }
}
